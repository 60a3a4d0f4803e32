import type { CompiledExpression, Sight } from './expressions.js';
import type { ReadFacts } from './fact-values.js';

const TEXT_MAX = 60;
const ITEMS_MAX = 5;
const ACTUAL_MAX = 400;

/** The values that an expression has looked at, e.g. `metrics['auc'] = 0.87, production.metrics['auc'] = 0.9`; null where it looks at none. */
export function seen(expression: CompiledExpression, facts: ReadFacts): string | null {
  const words = expression.look(facts.values).map((sight) => sightWords(sight, facts));
  return words.length === 0 ? null : clip(words.join(', '), ACTUAL_MAX);
}

/** Only what it has looked at and not found. */
export function missingWords(expression: CompiledExpression, facts: ReadFacts): string {
  const missing = expression.look(facts.values).filter(({ value }) => value === undefined);
  const words = missing.map((sight) => sightWords(sight, facts));
  return words.length === 0 ? 'something it looks at is missing' : clip(words.join(', '), ACTUAL_MAX);
}

function sightWords({ text, value, path }: Sight, facts: ReadFacts): string {
  return value === undefined ? `${text} ${absenceOf(path, facts)}` : `${text} = ${shown(value)}`;
}

function absenceOf(path: Sight['path'], { hasProduction, metrics, productionMetrics }: ReadFacts): string {
  const [root, first, second] = path;
  if ((root === 'production' || root === 'productionMetric') && !hasProduction) {
    return 'is missing: there is no production version';
  }
  if (root === 'metrics') return metrics.unusable.get(first ?? '') ?? 'is missing';
  if (root === 'production' && first === 'metrics') return productionMetrics.unusable.get(second ?? '') ?? 'is missing';
  return 'is missing';
}

/** A value of the language, short and on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value.toWellFormed(), TEXT_MAX));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) {
    const given = [...value].filter(([, each]) => each !== undefined);
    return `{${firstOf(given, ([key, each]) => `${shown(key)}: ${shown(each)}`)}}`;
  }
  if (Array.isArray(value)) return `[${firstOf(value, shown)}]`;
  if (typeof value === 'object' && value !== null) return shown(new Map(Object.entries(value)));
  return String(value);
}

function firstOf<T>(items: readonly T[], show: (item: T) => string): string {
  const rest = items.length - ITEMS_MAX;
  const words = items.slice(0, ITEMS_MAX).map(show);
  return (rest > 0 ? [...words, `${rest} more`] : words).join(', ');
}

function clip(text: string, max: number): string {
  const chars = [...text];
  return chars.length > max ? `${chars.slice(0, max - 1).join('')}…` : text;
}
