import { once } from 'node:events';
import { InvalidInputError } from '../domain/errors.js';
import { changeLine, gapLine } from './change-line.js';
import { changesSince } from './changes-since.js';
import { type CursorFile, openCursorFile } from './cursor-file.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { followChanges } from './follow-changes.js';
import { createGraphQLClient } from './graphql-client.js';
import { describeFailure, GatewayError } from './graphql-client-errors.js';
import { readConnection } from './graphql-client-options.js';
import type { TailOptions } from './tail.js';
import { isChange, isGap, type TailItem } from './tail-items.js';
import { printable, say, type Terminal } from './terminal.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Prints changes until it is stopped, or has printed as many as were asked for. @returns The exit code. */
export async function runTail(options: TailOptions, terminal: Terminal): Promise<number> {
  if (options.since !== undefined && options.after !== undefined) {
    throw new InvalidInputError('Give --since or --after, not both.');
  }
  const file = options.cursorFile === undefined ? null : await openCursorFile(options.cursorFile);
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of SIGNALS) process.once(signal, end);
  // Whoever reads has gone, e.g. `head`.
  terminal.stdout.on('error', end);
  try {
    await printAll(items(options, file, terminal, stop.signal), options, file, terminal, stop.signal);
    await file?.flush();
    return EXIT.done;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.done;
    if (!(error instanceof GatewayError)) throw error;
    await file?.flush();
    say(terminal, describeFailure(error));
    return exitCodeOf(error);
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

/** First what was, then what comes. */
async function* items(
  options: TailOptions,
  file: CursorFile | null,
  terminal: Terminal,
  signal: AbortSignal,
): AsyncGenerator<TailItem> {
  const connection = await readConnection(options, terminal);
  const filter = filterOf(options);
  // Where it was counts more than where it began.
  let after = file?.cursor ?? options.after ?? null;
  if (after === null && options.since !== undefined) {
    const reached = (cursor: string) => {
      after = cursor;
    };
    yield* changesSince(createGraphQLClient(connection), options.since, filter, reached);
  }
  const report = (problem: GatewayError | null) => {
    say(terminal, problem === null ? 'Listening.' : `${describeFailure(problem)} Trying again.`);
  };
  yield* followChanges({ ...connection, filter, after, signal, report });
}

async function printAll(
  all: AsyncIterable<TailItem>,
  { json, count = Number.POSITIVE_INFINITY }: TailOptions,
  file: CursorFile | null,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let printed = 0;
  for await (const item of all) {
    if (isGap(item)) say(terminal, gapLine(item));
    if (isChange(item) || (json && isGap(item))) {
      const line = json ? JSON.stringify(item) : isChange(item) ? printable(changeLine(item)) : '';
      if (!terminal.stdout.write(`${line}\n`)) await once(terminal.stdout, 'drain', { signal });
    }
    file?.keep(item.cursor);
    if (isChange(item)) printed += 1;
    if (printed >= count) return;
  }
}

function filterOf({ registry, model, type, to, outOfBand }: TailOptions): Readonly<Record<string, unknown>> {
  return {
    ...(registry === undefined ? {} : { registryIds: registry }),
    ...(model === undefined ? {} : { modelName: { matches: model } }),
    ...(type === undefined ? {} : { types: type }),
    ...(to === undefined ? {} : { to }),
    ...(outOfBand ? { outOfBandOnly: true } : {}),
  };
}
