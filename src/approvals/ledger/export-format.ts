import * as readline from 'node:readline';
import type { Readable } from 'node:stream';
import { InvalidInputError, LedgerUnavailableError } from '../../domain/errors.js';
import type { DecisionEntry, SettlementEntry } from '../../domain/ledger.js';
import { parseVersionId, versionId } from '../../domain/refs.js';
import { parseEntry } from '../../governance/entry-text.js';
import type { KeptCheckpoint, Placed, StoredChain } from '../../governance/store.js';
import type { Finding } from './verify-chain.js';
import type { LedgerSource, SourceVersion } from './verify-ledger.js';

// An export is JSON Lines: a header, the checkpoints, all entries with what is about one version together, and an end that says how many there were.

const FORMAT = 'registrar-ledger';
const VERSION = 1;

interface Place {
  readonly versionId: string;
  readonly incarnation: string;
  readonly sequence: number;
}

type Line =
  | { readonly format: string; readonly version: number; readonly exportedAt: string }
  | { readonly checkpoint: unknown; readonly number: number }
  | { readonly decision: DecisionEntry | null; readonly place: Place }
  | { readonly settlement: SettlementEntry | null; readonly place: Place }
  | { readonly end: Totals };

interface Totals {
  checkpoints: number;
  decisions: number;
  settlements: number;
}

/** The lines of an export, each with its line feed. What stands in the ledger is given as it is, whether it can be trusted or not. @throws LedgerUnavailableError for what has no place in it. */
export async function* exportLines(source: LedgerSource, now: number): AsyncGenerator<string> {
  const totals: Totals = { checkpoints: 0, decisions: 0, settlements: 0 };
  yield line({ format: FORMAT, version: VERSION, exportedAt: new Date(now).toISOString() });
  for await (const { number, text } of source.checkpoints()) {
    totals.checkpoints += 1;
    yield line({ checkpoint: parse(text), number });
  }
  for await (const found of source.versions()) {
    if ('code' in found) throw notExportable(found);
    for (const chain of found.chains) yield* chainLines(chain, totals);
  }
  yield line({ end: totals });
}

/** Without it the export would pass for a whole one. */
function notExportable({ entry, message }: Finding): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The ledger cannot be exported whole: ${entry}. ${message} Run \`registrar ledger verify\`, and restore the governance store from a backup.`,
    { retryable: false },
  );
}

function* chainLines({ subject, decisions, settlements }: StoredChain, totals: Totals): Generator<string> {
  const place = (sequence: number) => ({
    versionId: versionId(subject.version),
    incarnation: subject.incarnation,
    sequence,
  });
  for (const { sequence, entry } of decisions) {
    totals.decisions += 1;
    yield line({ decision: entry, place: place(sequence) });
  }
  for (const { sequence, entry } of settlements) {
    totals.settlements += 1;
    yield line({ settlement: entry, place: place(sequence) });
  }
}

function line(content: Line): string {
  return `${JSON.stringify(content)}\n`;
}

/** An export as a ledger to verify. Read once, from its beginning to its end. @throws InvalidInputError for what is no export of this version. */
export async function exportSource(stream: Readable): Promise<LedgerSource> {
  const lines = numbered(stream);
  const first = (await lines.next()).value;
  const header = first === undefined ? null : parse(first.text);
  if (header?.format !== FORMAT || header.version !== VERSION) {
    throw new InvalidInputError(
      `This is no export of a ledger in format ${VERSION}. Give what \`registrar ledger export\` has written.`,
    );
  }
  const totals: Totals = { checkpoints: 0, decisions: 0, settlements: 0 };
  // The first line that is no checkpoint is read before it is known to be none.
  let held: NumberedLine | undefined;

  async function* checkpoints(): AsyncGenerator<KeptCheckpoint> {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const content = parse(next.value.text);
      if (typeof content?.number !== 'number') {
        held = next.value;
        return;
      }
      totals.checkpoints += 1;
      yield { number: content.number, text: JSON.stringify(content['checkpoint']) };
    }
  }

  async function* versions(): AsyncGenerator<SourceVersion | Finding> {
    const seen = new Set<string>();
    let current: Gathered | undefined;
    let end: unknown;
    for (let it = held ?? (await lines.next()).value; it !== undefined; it = (await lines.next()).value) {
      const content = parse(it.text);
      if (content?.end !== undefined) {
        end = content.end;
        continue;
      }
      const id = content?.place?.versionId;
      if (content === null || id === undefined || !isVersionId(id)) {
        yield { code: 'UNREADABLE', entry: `line ${it.number}`, message: 'It is no line of an export.' };
        continue;
      }
      if (current?.id !== id) {
        if (current !== undefined) yield gathered(current);
        if (seen.has(id)) {
          yield {
            code: 'MISPLACED',
            entry: `line ${it.number}`,
            message: 'Entries of this version stand apart from the others.',
          };
        }
        seen.add(id);
        current = { id, chains: new Map() };
      }
      gather(current, content, totals);
    }
    if (current !== undefined) yield gathered(current);
    if (JSON.stringify(end) !== JSON.stringify(totals)) {
      const message =
        end === undefined ? 'It ends early: lines were cut off.' : 'It has other lines than it says it has.';
      yield { code: 'MISSING', entry: 'end', message };
    }
  }

  return { checkpoints, versions, live: null };
}

interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

async function* numbered(stream: Readable): AsyncGenerator<NumberedLine, undefined> {
  let number = 0;
  for await (const text of readline.createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (text.trim() !== '') yield { number, text };
  }
  return undefined;
}

interface Gathered {
  readonly id: string;
  readonly chains: Map<string, { decisions: Placed<DecisionEntry>[]; settlements: Placed<SettlementEntry>[] }>;
}

interface ReadLine {
  readonly format?: unknown;
  readonly version?: unknown;
  readonly number?: unknown;
  readonly checkpoint?: unknown;
  readonly decision?: unknown;
  readonly settlement?: unknown;
  readonly place?: Place;
  readonly end?: unknown;
}

function gather({ chains }: Gathered, { decision, settlement, place }: ReadLine, totals: Totals): void {
  const { incarnation, sequence } = place ?? { incarnation: '', sequence: 0 };
  const chain = chains.get(incarnation) ?? { decisions: [], settlements: [] };
  chains.set(incarnation, chain);
  if (decision !== undefined) {
    totals.decisions += 1;
    chain.decisions.push({ sequence, entry: parseEntry<DecisionEntry>(JSON.stringify(decision)) });
  }
  if (settlement !== undefined) {
    totals.settlements += 1;
    chain.settlements.push({ sequence, entry: parseEntry<SettlementEntry>(JSON.stringify(settlement)) });
  }
}

function gathered({ id, chains }: Gathered): SourceVersion {
  const version = parseVersionId(id);
  const bySequence = (a: Placed<unknown>, b: Placed<unknown>) => a.sequence - b.sequence;
  return {
    version,
    chains: [...chains].map(([incarnation, { decisions, settlements }]) => ({
      subject: { version, incarnation },
      decisions: decisions.sort(bySequence),
      settlements: settlements.sort(bySequence),
      checkpointed: null,
    })),
  };
}

function isVersionId(id: string): boolean {
  try {
    parseVersionId(id);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): ReadLine | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
