import {
  FACTS,
  type FactPart,
  FUNCTIONS,
  isScalar,
  LOOPS,
  METHODS,
  METRIC_FUNCTIONS,
  partsOfPath,
} from './vocabulary.js';

/** A node of a parsed expression, as far as we look at it: an operator, and operands that are nodes, texts, or lists of them. */
export interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  readonly input: string;
  readonly range: { readonly start: number; readonly end: number };
}

/** Something that the language does not allow; `message` says what to write instead. */
export class SyntaxFault extends Error {}

export interface SyntaxFindings {
  readonly parts: ReadonlySet<FactPart>;
  readonly looksAt: readonly Place[];
  /** Conversions of what is written out, as written: whether they succeed can be told at once. */
  readonly constants: readonly string[];
}

/** A place where an expression looks at a fact. */
export interface Place {
  /** As it is written. */
  readonly text: string;
  /** e.g. `['metrics', 'auc']`, or the function with its arguments; null in it is what only an evaluation can tell. */
  readonly path: readonly (string | null)[];
}

interface Scope {
  readonly variables: readonly string[];
  /** Whether it is inside of a loop over something that is not written out. */
  readonly inFactLoop: boolean;
}

/** Loops within loops: with one of them over facts, the work stays in proportion to the facts. */
const LOOP_DEPTH_MAX = 2;

/**
 * Walks an expression: refuses what could take more than time in proportion to the facts, and finds what it looks at.
 * @throws SyntaxFault
 */
export function examine(root: SyntaxNode): SyntaxFindings {
  const parts = new Set<FactPart>();
  const looksAt = new Map<string, Place>();
  const constants: string[] = [];

  function visit(node: SyntaxNode, scope: Scope): void {
    if (isPath(node)) visitPath(node, scope, scope.inFactLoop);
    else if (node.op === 'in') visitContainers(nodesIn(node.args), scope);
    else if (node.op === 'call') visitCall(node, scope);
    else if (node.op === 'rcall') visitMethod(node, scope);
    else for (const child of nodesIn(node.args)) visit(child, scope);
  }

  /** For operators and functions that do not go through what they are given. */
  function visitContainers(nodes: readonly SyntaxNode[], scope: Scope): void {
    for (const node of nodes) {
      if (isPath(node)) visitPath(node, scope, false);
      else visit(node, scope);
    }
  }

  function visitPath(node: SyntaxNode, scope: Scope, mustBeScalar: boolean): void {
    const { base, segments, indices } = pathOf(node);
    for (const index of indices) visit(index, scope);
    if (base.op !== 'id') {
      visit(base, scope);
      return;
    }
    const name = String(base.args);
    if (scope.variables.includes(name)) return;
    if (!Object.hasOwn(FACTS, name))
      throw new SyntaxFault(`There is no fact \`${name}\`. There are: ${list(Object.keys(FACTS))}.`);
    if (mustBeScalar && !isScalar([name, ...segments])) {
      throw new SyntaxFault(
        `A loop cannot handle all of \`${name}\` at each step. Name what it looks at, e.g. by a key.`,
      );
    }
    for (const part of partsOfPath([name, ...segments])) parts.add(part);
    const text = pathText(node, scope.variables);
    looksAt.set(text, { text, path: [name, ...segments] });
  }

  function visitCall(node: SyntaxNode, scope: Scope): void {
    const [name, args] = node.args as [string, readonly SyntaxNode[]];
    if (!FUNCTIONS.has(name))
      throw new SyntaxFault(`There is no function \`${name}\` here. There are: ${list(FUNCTIONS)}.`);
    const whose = METRIC_FUNCTIONS[name];
    if (whose === undefined) {
      if (name === 'has' || name === 'size') visitContainers(args, scope);
      else for (const arg of args) visit(arg, scope);
      if (args.every((arg) => arg.op === 'value')) constants.push(callText(name, args));
      return;
    }
    if (!args.every((arg) => arg.op === 'value' && typeof arg.args === 'string')) {
      throw new SyntaxFault(`\`${name}\` takes a metric's name and a dataset's, both written out in quotes.`);
    }
    for (const part of partsOfPath(whose === 'version' ? ['metrics'] : ['production', 'metrics'])) parts.add(part);
    const text = callText(name, args);
    looksAt.set(text, { text, path: [name, ...args.map((arg) => String(arg.args))] });
  }

  function visitMethod(node: SyntaxNode, scope: Scope): void {
    const [name, receiver, args] = node.args as [string, SyntaxNode, readonly SyntaxNode[]];
    if (METHODS.has(name)) {
      // A time zone would make the outcome depend on the machine's own list of them.
      if (name.startsWith('get') && args.length > 0)
        throw new SyntaxFault(`\`.${name}()\` is in UTC and takes nothing.`);
      visitContainers([receiver], scope);
      for (const arg of args) visit(arg, scope);
      return;
    }
    if (!LOOPS.has(name)) {
      throw new SyntaxFault(`There is no \`.${name}()\` here. There are: ${list([...METHODS, ...LOOPS])}.`);
    }
    visitContainers([receiver], scope);
    const [variable, ...bodies] = args;
    const inner = loopScope(scope, receiver, variable);
    for (const body of bodies) visit(body, inner);
  }

  visit(root, { variables: [], inFactLoop: false });
  return { parts, looksAt: [...looksAt.values()], constants };
}

function loopScope(scope: Scope, receiver: SyntaxNode, variable: SyntaxNode | undefined): Scope {
  const isOverFacts = receiver.op !== 'list' || !nodesIn(receiver.args).every(({ op }) => op === 'value');
  if (scope.variables.length >= LOOP_DEPTH_MAX || (scope.inFactLoop && isOverFacts)) {
    throw new SyntaxFault(
      `A loop in a loop must go over a list that is written out, and no deeper than ${LOOP_DEPTH_MAX}. Write several rules instead.`,
    );
  }
  const name = variable?.op === 'id' ? String(variable.args) : '';
  if (Object.hasOwn(FACTS, name) || scope.variables.includes(name)) {
    throw new SyntaxFault(`The loop's variable \`${name}\` hides something of the same name. Call it something else.`);
  }
  return { variables: [...scope.variables, name], inFactLoop: scope.inFactLoop || isOverFacts };
}

interface Path {
  readonly base: SyntaxNode;
  readonly segments: readonly (string | null)[];
  readonly indices: readonly SyntaxNode[];
}

/** Takes `a.b['c'][x]` apart. */
function pathOf(node: SyntaxNode): Path {
  const segments: (string | null)[] = [];
  const indices: SyntaxNode[] = [];
  let base = node;
  while (base.op === '.' || base.op === '[]') {
    const [parent, key] = base.args as [SyntaxNode, string | SyntaxNode];
    const written = typeof key === 'string' ? key : key.op === 'value' ? key.args : null;
    segments.unshift(typeof written === 'string' ? written : null);
    if (typeof key !== 'string' && key.op !== 'value') indices.push(key);
    base = parent;
  }
  return { base, segments, indices };
}

/** A path in words that mean the same: as far as it goes without a variable of a loop, or an index that is calculated. */
function pathText(node: SyntaxNode, variables: readonly string[]): string {
  if (node.op === 'id') return String(node.args);
  const [parent, key] = node.args as [SyntaxNode, string | SyntaxNode];
  const before = pathText(parent, variables);
  if (!isWhole(parent, variables)) return before;
  if (typeof key === 'string') return `${before}.${key}`;
  return isWhole(key, variables) ? `${before}[${key.op === 'value' ? textOf(key) : pathText(key, variables)}]` : before;
}

function isWhole(node: SyntaxNode, variables: readonly string[]): boolean {
  if (node.op === 'value') return true;
  if (node.op === 'id') return !variables.includes(String(node.args));
  if (node.op !== '.' && node.op !== '[]') return false;
  return nodesIn(node.args).every((child) => isWhole(child, variables));
}

function callText(name: string, args: readonly SyntaxNode[]): string {
  return `${name}(${args.map(textOf).join(', ')})`;
}

function isPath({ op }: SyntaxNode): boolean {
  return op === 'id' || op === '.' || op === '[]';
}

/** The nodes among the operands, however they are nested. */
function nodesIn(args: unknown): readonly SyntaxNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Of a literal: other nodes may begin with a parenthesis that is not in their range. */
function textOf({ input, range }: SyntaxNode): string {
  return input.slice(range.start, range.end);
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => `\`${name}\``).join(', ');
}
