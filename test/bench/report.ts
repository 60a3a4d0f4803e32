import { availableParallelism, cpus } from 'node:os';
import type { Case } from './cases.js';
import type { Counts } from './counters.js';
import type { Floor } from './floor-process.js';
import type { Calls } from './gateway-process.js';
import { type Measured, median } from './load.js';

/** One turn of each, right after each other. */
export type Round = Readonly<Record<'gateway' | Floor, Measured>>;

export function machine(): string {
  const [cpu] = cpus();
  return `Node ${process.version}, ${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}`;
}

const COLUMNS = [
  'clients',
  'rounds',
  'gateway',
  'same calls',
  'of it',
  'registry alone',
  'of it',
  'bare HTTP',
  'of it',
  'answer',
];

export function table(rounds: ReadonlyMap<number, readonly Round[]>): string {
  const rows = [...rounds].map(([clients, all]) => [
    String(clients),
    String(all.length),
    range(all.map(({ gateway }) => gateway.perSecond)),
    ...(['calls', 'registry', 'bare'] as const).flatMap((floor) => [
      range(all.map((round) => round[floor].perSecond)),
      range(all.map((round) => round.gateway.perSecond / round[floor].perSecond)),
    ]),
    `${significant(median(all.map(({ gateway }) => gateway.latency)))} ms`,
  ]);
  return grid(COLUMNS, rows);
}

/** Columns of one width, all but those named in `texts` to the right. */
export function grid(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly string[] = [],
): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isText = titles.map((title) => texts.includes(title));
  const padded = (cell: string, column: number) =>
    isText[column] ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(padded).join(' | ')} |`;
  const dashes = widths.map((width, column) => (isText[column] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(titles), `| ${dashes.join(' | ')} |`, ...rows.map(line)].join('\n');
}

export function heading({ name, title }: Case, calls: Calls, answerBytes: number): string {
  const lines = [
    `## ${title} (${name})`,
    `One decision calls the registry: ${list(calls.registry)};`,
    `the governance store: ${list(calls.governance)}.`,
    `On the wire: ${list(calls.requests) || 'nothing'}. The answer has ${answerBytes} bytes.`,
  ];
  return lines.join('\n');
}

function list(counts: Counts): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  return named.map(([name, count]) => `${count} ${name}`).join(', ');
}

/** The median, and the least and the greatest. */
export function range(values: readonly number[]): string {
  return `${significant(median(values))} (${significant(Math.min(...values))}–${significant(Math.max(...values))})`;
}

export function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}
