import type { EvidencePart } from '../../domain/model.js';

// The words of the rules' language: facts with their types, and functions. docs/policies.md tells all of them.

const TIMESTAMP = 'google.protobuf.Timestamp';

const VERSION = {
  number: 'int',
  description: 'string',
  tags: 'map<string, string>',
  metadata: 'map<string, string>',
  createdBy: { name: 'string', nativeId: 'string', kind: 'string' },
  createdAt: TIMESTAMP,
  artifacts: 'list<Artifact>',
  lineage: {
    commit: 'string',
    repository: 'string',
    pipelineExecution: 'string',
    trainingJob: 'string',
    runId: 'string',
    experimentId: 'string',
    dataset: 'string',
    sourceUri: 'string',
    generatedBy: 'string',
  },
  stage: 'string',
  aliases: 'list<string>',
  registrationStatus: 'string',
} as const;

const EVIDENCE = {
  metrics: 'map<string, double>',
  parameters: 'map<string, string>',
  reports: 'list<string>',
  modelCard: 'bool',
} as const;

/** A type, or the fields of a structure. */
export interface Fields {
  readonly [name: string]: string | Fields;
}

/** Every fact by name. Of a text, a time or a field that the registry does not say, there is no value: looking at it fails the check. */
export const FACTS = {
  version: VERSION,
  model: { name: 'string', owner: 'string', tags: 'map<string, string>', description: 'string' },
  registry: { id: 'string', kind: 'string', labels: 'map<string, string>' },
  ...EVIDENCE,
  production: { version: VERSION, ...EVIDENCE },
  hasProduction: 'bool',
  now: TIMESTAMP,
} as const satisfies Fields;

export const ARTIFACT_FIELDS = {
  uri: 'string',
  role: 'string',
  image: 'string',
  imageDigest: 'string',
  framework: 'string',
  frameworkVersion: 'string',
  digest: 'string',
} as const;

/** Functions that look up a metric by name and dataset, and whose metrics. */
export const METRIC_FUNCTIONS: Readonly<Record<string, 'version' | 'production'>> = {
  metric: 'version',
  productionMetric: 'production',
};

/** Called as `f(x)`. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(METRIC_FUNCTIONS),
  ...['has', 'size', 'int', 'double', 'string', 'bool', 'timestamp', 'duration'],
]);

/**
 * Called as `x.f()`. Only what takes time and space in proportion to its input: `matches` can run for hours, and splitting, joining or binding
 * can double a value again and again.
 */
export const METHODS: ReadonlySet<string> = new Set([
  ...['size', 'startsWith', 'endsWith', 'contains', 'like', 'lowerAscii', 'upperAscii', 'trim'],
  ...['getFullYear', 'getMonth', 'getDayOfMonth', 'getDayOfWeek', 'getHours', 'getMinutes', 'getSeconds'],
]);

export const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** What is read on its own and may be unreadable on its own. `PRODUCTION` is which version it is, with its record. */
export type FactPart = 'MODEL' | 'PRODUCTION' | SidePart | `PRODUCTION.${SidePart}`;
export type SidePart = EvidencePart | 'ALIASES';

const SIDE_PARTS: Readonly<Record<string, SidePart>> = {
  metrics: 'METRICS',
  parameters: 'PARAMETERS',
  reports: 'REPORTS',
  modelCard: 'MODEL_CARD',
  version: 'ALIASES',
};

/** The parts that a path looks at, e.g. `['production', 'metrics', 'auc']`; null in it is what only an evaluation can tell. */
export function partsOfPath([root, ...rest]: readonly (string | null)[]): readonly FactPart[] {
  switch (root) {
    case 'model':
      return rest[0] === 'name' ? [] : ['MODEL'];
    case 'hasProduction':
      return ['PRODUCTION'];
    case 'production':
      return ['PRODUCTION', ...productionParts(rest)];
    default:
      return root === undefined || root === null ? [] : sideParts([root, ...rest]);
  }
}

/** All of them where it cannot be told which. */
function productionParts(path: readonly (string | null)[]): readonly FactPart[] {
  const [first] = path;
  const sides = first === undefined || first === null ? Object.values(SIDE_PARTS) : sideParts(path);
  return sides.map((side): FactPart => `PRODUCTION.${side}`);
}

function sideParts([root, field]: readonly (string | null)[]): readonly SidePart[] {
  const part = SIDE_PARTS[root ?? ''];
  if (part === undefined) return [];
  const isOther = part === 'ALIASES' && typeof field === 'string' && field !== 'aliases';
  return isOther ? [] : [part];
}

/** Whether the value at a path is a single one, and not a map, a list or a structure. */
export function isScalar(path: readonly (string | null)[]): boolean {
  let type: string | Fields | undefined = FACTS;
  for (const segment of path) {
    if (typeof type === 'object') type = segment === null ? undefined : type[segment];
    else type = /^(?:map<string, |list<)(.+)>$/.exec(type ?? '')?.[1] ?? (type === 'Artifact' ? 'string' : undefined);
  }
  return typeof type === 'string' && !/^(map<|list<|Artifact)/.test(type);
}
