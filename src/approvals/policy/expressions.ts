import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { matchesText } from '../../domain/filters.js';
import type { StoredProblem } from '../../domain/policy.js';
import { examine, type Place, SyntaxFault } from './syntax.js';
import { ARTIFACT_FIELDS, FACTS, type FactPart, METRIC_FUNCTIONS } from './vocabulary.js';

// The one file that knows the library of the expression language. An expression is pure, ends in time proportional to the facts, and never throws.

/** What an expression is evaluated on: a value for each fact that could be read. */
export interface FactValues {
  readonly facts: Readonly<Record<string, unknown>>;
  /** By dataset, then by name. */
  readonly datasets: Readonly<Record<'version' | 'production', ReadonlyMap<string, ReadonlyMap<string, number>>>>;
}

export type Outcome =
  | { readonly holds: boolean }
  /** It looks at something that is not there. */
  | { readonly missing: true }
  | { readonly problem: StoredProblem };

export interface CompiledExpression {
  readonly source: string;
  readonly parts: ReadonlySet<FactPart>;
  /** To be asked only when all of `parts` could be read. */
  readonly run: (values: FactValues) => Outcome;
  /** What it looks at, as written, with what is there: undefined where nothing is. */
  readonly look: (values: FactValues) => readonly Sight[];
}

export interface Sight extends Place {
  readonly value: unknown;
}

/** An expression that cannot be used; `message` says why, and what to write instead. */
export class ExpressionFault extends Error {}

/** An artifact as rules see it: the library tells structures in lists by their class. */
export class Artifact {
  constructor(fields: Partial<Record<keyof typeof ARTIFACT_FIELDS, string>>) {
    Object.assign(this, fields);
  }
}

/** Characters. */
export const EXPRESSION_LENGTH_MAX = 2000;

const LIMITS = { maxAstNodes: 300, maxDepth: 24, maxListElements: 64, maxMapEntries: 16, maxCallArguments: 4 };
/** Codes by which the library says that a key, a field or an index is not there. */
const MISSING: ReadonlySet<string> = new Set(['no_such_key', 'index_out_of_bounds']);
/** Where the metrics by dataset are kept among the values: no expression can name it. */
const DATASETS = Symbol('datasets');

const UNUSABLE: StoredProblem = {
  code: 'BAD_USER_INPUT',
  message:
    'The rule cannot be evaluated on the values of this version: a conversion or a calculation failed. Correct the values or the rule.',
};

const environment = createEnvironment();

/** @throws ExpressionFault unless it is an expression of type bool over the declared facts, within the limits. */
export function compile(source: string): CompiledExpression {
  if (source.length > EXPRESSION_LENGTH_MAX) {
    throw new ExpressionFault(
      `It has ${source.length} characters; at most ${EXPRESSION_LENGTH_MAX} are allowed. Write several rules instead.`,
    );
  }
  try {
    const parsed = environment.parse(source);
    const { parts, looksAt, constants } = examine(parsed.ast);
    const { valid, type, error } = parsed.check();
    if (!valid) throw error;
    if (type !== 'bool') throw new ExpressionFault(`It is of type ${type}; a rule must be of type bool.`);
    for (const text of constants) refuseBroken(text);
    const sights = looksAt.map((place) => ({ place, read: environment.parse(place.text) }));
    return {
      source,
      parts,
      run: (values) => run(parsed, values),
      look: (values) => sights.map(({ place, read }) => ({ ...place, value: peek(read, values) })),
    };
  } catch (error) {
    throw faultOf(error);
  }
}

/** A conversion that fails whatever the version is, e.g. `timestamp('tomorrow')`. */
function refuseBroken(constant: string): void {
  try {
    environment.evaluate(constant);
  } catch {
    throw new ExpressionFault(`\`${constant}\` cannot be converted. Correct what stands in it.`);
  }
}

type Evaluable = (context: object) => unknown;

function run(parsed: Evaluable, values: FactValues): Outcome {
  try {
    const result = parsed(contextOf(values));
    return typeof result === 'boolean' ? { holds: result } : { problem: UNUSABLE };
  } catch (error) {
    return isMissing(error) ? { missing: true } : { problem: UNUSABLE };
  }
}

function peek(read: Evaluable, values: FactValues): unknown {
  try {
    return read(contextOf(values));
  } catch {
    // Whether it is missing or cannot be told, there is nothing to show.
    return undefined;
  }
}

function contextOf({ facts, datasets }: FactValues): object {
  return { ...facts, [DATASETS]: datasets };
}

function isMissing(error: unknown): boolean {
  return error instanceof EvaluationError && MISSING.has(error.code);
}

/** @throws What is no fault of the expression. */
function faultOf(error: unknown): ExpressionFault {
  if (error instanceof ExpressionFault) return error;
  if (error instanceof SyntaxFault) return new ExpressionFault(error.message);
  if (!(error instanceof ParseError || error instanceof CelTypeError)) throw error;
  const at = error.range === undefined ? '' : ` at character ${error.range.start + 1}`;
  return new ExpressionFault(
    `It is not a valid expression${at} (${error.summary}). See docs/policies.md for facts and functions.`,
  );
}

function createEnvironment(): Environment {
  const created = new Environment({ limits: LIMITS });
  created.registerType('Artifact', { ctor: Artifact, fields: { ...ARTIFACT_FIELDS } });
  for (const [name, type] of Object.entries(FACTS)) {
    if (typeof type === 'string') created.registerVariable(name, type);
    else created.registerVariable({ name, schema: type });
  }
  created.registerFunction('string.like(string): bool', (text: string, glob: string) =>
    matchesText({ matches: glob }, text),
  );
  for (const [name, whose] of Object.entries(METRIC_FUNCTIONS)) {
    created.registerFunction(`${name}(ast, ast): double`, metricMacro(whose));
  }
  return created;
}

interface MacroNode {
  readonly args: readonly { readonly args: unknown }[];
}

/** A macro, because only those see the values that an evaluation is about. `examine` has made sure that both arguments are literals. */
function metricMacro(whose: 'version' | 'production') {
  return ({ args }: MacroNode) => ({
    args,
    async: false,
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('double'),
    evaluate: (_: unknown, macro: MacroNode, context: { getValue(key: symbol): FactValues['datasets'] }) => {
      const [name, dataset] = macro.args.map((arg) => String(arg.args));
      const value = context
        .getValue(DATASETS)
        [whose].get(dataset ?? '')
        ?.get(name ?? '');
      if (value === undefined) throw new EvaluationError({ code: 'no_such_key', message: 'No such metric.' });
      return value;
    },
  });
}
