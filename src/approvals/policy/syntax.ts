import { FACTS, type FactPart, FUNCTIONS, LOOPS, METHODS, METRIC_FUNCTIONS, partsOfPath } from './vocabulary.js';

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
  const note = (node: SyntaxNode, path: Place['path']) => looksAt.set(textOf(node), { text: textOf(node), path });

  function visit(node: SyntaxNode, scope: Scope): void {
    if (node.op === 'id' || node.op === '.' || node.op === '[]') visitPath(node, scope);
    else if (node.op === 'call') visitCall(node, scope);
    else if (node.op === 'rcall') visitMethod(node, scope);
    else for (const child of nodesIn(node.args)) visit(child, scope);
  }

  function visitPath(node: SyntaxNode, scope: Scope): void {
    const { base, segments, links, indices } = pathOf(node);
    for (const index of indices) visit(index, scope);
    if (base.op !== 'id') {
      visit(base, scope);
      return;
    }
    const name = String(base.args);
    if (scope.variables.includes(name)) return;
    if (!Object.hasOwn(FACTS, name))
      throw new SyntaxFault(`There is no fact \`${name}\`. There are: ${list(Object.keys(FACTS))}.`);
    for (const part of partsOfPath([name, ...segments])) parts.add(part);
    note(widestWithout(scope.variables, base, links), [name, ...segments]);
  }

  function visitCall(node: SyntaxNode, scope: Scope): void {
    const [name, args] = node.args as [string, readonly SyntaxNode[]];
    if (!FUNCTIONS.has(name))
      throw new SyntaxFault(`There is no function \`${name}\` here. There are: ${list(FUNCTIONS)}.`);
    const whose = METRIC_FUNCTIONS[name];
    if (whose === undefined) {
      for (const arg of args) visit(arg, scope);
      return;
    }
    if (!args.every((arg) => arg.op === 'value' && typeof arg.args === 'string')) {
      throw new SyntaxFault(`\`${name}\` takes a metric's name and a dataset's, both written out in quotes.`);
    }
    for (const part of partsOfPath(whose === 'version' ? ['metrics'] : ['production', 'metrics'])) parts.add(part);
    note(node, [name, ...args.map((arg) => String(arg.args))]);
  }

  function visitMethod(node: SyntaxNode, scope: Scope): void {
    const [name, receiver, args] = node.args as [string, SyntaxNode, readonly SyntaxNode[]];
    if (METHODS.has(name)) {
      for (const each of [receiver, ...args]) visit(each, scope);
      return;
    }
    if (!LOOPS.has(name)) {
      throw new SyntaxFault(`There is no \`.${name}()\` here. There are: ${list([...METHODS, ...LOOPS])}.`);
    }
    visit(receiver, scope);
    const [variable, ...bodies] = args;
    const inner = loopScope(scope, receiver, variable);
    for (const body of bodies) visit(body, inner);
  }

  visit(root, { variables: [], inFactLoop: false });
  return { parts, looksAt: [...looksAt.values()] };
}

function loopScope(scope: Scope, receiver: SyntaxNode, variable: SyntaxNode | undefined): Scope {
  const isOverFacts = receiver.op !== 'list';
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
  /** The nodes of the path, from the shortest that has a segment. */
  readonly links: readonly SyntaxNode[];
  readonly indices: readonly SyntaxNode[];
}

/** Takes `a.b['c'][x]` apart. */
function pathOf(node: SyntaxNode): Path {
  const links: SyntaxNode[] = [];
  const segments: (string | null)[] = [];
  const indices: SyntaxNode[] = [];
  let base = node;
  while (base.op === '.' || base.op === '[]') {
    const [parent, key] = base.args as [SyntaxNode, string | SyntaxNode];
    links.unshift(base);
    const written = typeof key === 'string' ? key : key.op === 'value' ? key.args : null;
    segments.unshift(typeof written === 'string' ? written : null);
    if (typeof key !== 'string' && key.op !== 'value') indices.push(key);
    base = parent;
  }
  return { base, segments, links, indices };
}

/** The longest beginning of a path that has a value outside of the loops around it. */
function widestWithout(variables: readonly string[], base: SyntaxNode, links: readonly SyntaxNode[]): SyntaxNode {
  const bound = links.findIndex((link) =>
    nodesIn(link.args)
      .slice(1)
      .some((index) => mentions(index, variables)),
  );
  return (bound < 0 ? links.at(-1) : links[bound - 1]) ?? base;
}

function mentions(node: SyntaxNode, variables: readonly string[]): boolean {
  if (node.op === 'id') return variables.includes(String(node.args));
  return nodesIn(node.args).some((child) => mentions(child, variables));
}

/** The nodes among the operands, however they are nested. */
function nodesIn(args: unknown): readonly SyntaxNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function textOf({ input, range }: SyntaxNode): string {
  return input.slice(range.start, range.end);
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => `\`${name}\``).join(', ');
}
