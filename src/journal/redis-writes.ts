import type { Change } from '../domain/changes.js';
import {
  type AppendOutcome,
  type EntityWrite,
  EpochChangedError,
  FencedError,
  type Position,
  type WriteGuard,
} from './journal.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink, RedisScript } from './redis-link.js';
import { APPEND, PUBLISH } from './redis-scripts.js';
import { readState } from './redis-texts.js';

/** What one script may take at once, so that nobody else waits long for it. One write is taken whatever its size. */
const CHUNK_WRITES = 200;
const CHUNK_CHARACTERS = 1_000_000;

/** Runs a script that writes under a guard. */
export type GuardedScript = (
  script: RedisScript,
  guard: WriteGuard,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** @throws by the script's answer: EpochChangedError, FencedError. */
export function guardedScripts(link: RedisLink, keys: RedisKeys): GuardedScript {
  return async (script, { epoch, lease }, others, args) => {
    const guard = [epoch, lease?.holder ?? '', lease === undefined ? '' : String(lease.token)];
    const answer = await link.script(
      script,
      [keys.meta, keys.lease(lease?.name ?? ''), ...others],
      [...guard, ...args],
    );
    const [outcome, result] = answer as readonly [string, unknown];
    if (outcome === 'EPOCH') throw new EpochChangedError('The journal has begun anew.');
    if (outcome === 'FENCED') throw new FencedError('The lease is over.');
    return result;
  };
}

export async function appendTo(
  run: GuardedScript,
  keys: RedisKeys,
  writes: readonly EntityWrite[],
  guard: WriteGuard,
): Promise<AppendOutcome[]> {
  const outcomes: AppendOutcome[] = [];
  for (const chunk of chunksOf(writes.map(textsOf))) {
    const states = [...new Set(chunk.map(({ write }) => keys.state(write.registryId)))];
    const numberOf = new Map(states.map((state, index) => [state, FIRST_STATE_KEY + index]));
    const args = chunk.flatMap(({ write, texts }) => [String(numberOf.get(keys.state(write.registryId))), ...texts]);
    const others = [keys.stream, keys.places, keys.gone, ...states];
    const answers = await run(APPEND, guard, others, [String(chunk.length), ...args]);
    outcomes.push(...(answers as readonly Answer[]).map((answer, index) => outcomeOf(chunk[index]?.write, answer)));
  }
  return outcomes;
}

export async function publishTo(
  run: GuardedScript,
  keys: RedisKeys,
  changes: readonly Change[],
  guard: WriteGuard,
): Promise<Position | null> {
  const args = changes.flatMap((change) => [change.id, change.registryId, JSON.stringify(change)]);
  return (await run(PUBLISH, guard, [keys.stream, keys.places], args)) as Position | null;
}

/** After meta, lease, stream, places and gone; Lua counts from 1. */
const FIRST_STATE_KEY = 6;

interface WriteTexts {
  readonly write: EntityWrite;
  readonly texts: readonly string[];
  readonly length: number;
}

type Answer = readonly ['STALE', string | null] | readonly ['WRITTEN', string, string];

function textsOf(write: EntityWrite): WriteTexts {
  const { registryId, entity, expectedRev, record, changes } = write;
  const ids = JSON.stringify(changes.map(({ id }) => id));
  const head = [registryId, entity, String(expectedRev), JSON.stringify(record), ids, String(changes.length)];
  const texts = [...head, ...changes.flatMap((change) => [change.id, JSON.stringify(change)])];
  return { write, texts, length: texts.reduce((sum, text) => sum + text.length, 0) };
}

function chunksOf(writes: readonly WriteTexts[]): WriteTexts[][] {
  const chunks: WriteTexts[][] = [];
  let room = 0;
  for (const write of writes) {
    const chunk = chunks.at(-1);
    room -= write.length;
    if (chunk !== undefined && room >= 0 && chunk.length < CHUNK_WRITES) chunk.push(write);
    else {
      chunks.push([write]);
      room = CHUNK_CHARACTERS - write.length;
    }
  }
  return chunks;
}

function outcomeOf(write: EntityWrite | undefined, answer: Answer): AppendOutcome {
  if (answer[0] === 'WRITTEN') return { kind: 'WRITTEN', rev: Number(answer[1]), position: answer[2] };
  return { kind: 'STALE', current: answer[1] === null ? null : readState(write?.entity ?? '', answer[1]) };
}
