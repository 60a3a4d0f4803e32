import { createHash } from 'node:crypto';
import { InvalidInputError } from '../domain/errors.js';
import type { Position } from '../domain/page.js';
import { createCursorCipher } from './cursor-cipher.js';
import type { HintStash } from './hint-stash.js';

/** Where one source of a walk stands. `done`: read to its end. Without a position: nothing of it has been read yet. */
export interface SourceState<A> {
  readonly position?: Position<A>;
  readonly done?: boolean;
}

/** How many there are in a list; null where nobody knows. */
export interface Total {
  readonly value: number | null;
  readonly exact: boolean;
}

/** Where a whole walk stands, right after one item of it. */
export interface WalkState<A> {
  readonly backward: boolean;
  /** The item that the cursor belongs to; undefined at the end of a page without items. */
  readonly at: { readonly source: string; readonly anchor: A } | undefined;
  readonly sources: ReadonlyMap<string, SourceState<A>>;
  /** As the first page of the walk counted: what is left of a list does not tell how many there were. */
  readonly total?: Total;
}

/**
 * Writes and reads list cursors: bound to one list, of no use to anybody who would forge them, and closed to everybody, for a walk may stand at
 * an item that its caller must not know of.
 */
export interface ListCursors {
  encode<A>(list: string, state: WalkState<A>): string;
  /** @throws InvalidInputError when the cursor is malformed, forged, or of another list. */
  decode<A>(list: string, cursor: string): WalkState<A>;
  /** Whether a cursor is one of this list; false too for what is no cursor at all. */
  isOf(list: string, cursor: string): boolean;
}

interface Payload<A> {
  v: 1;
  l: string;
  b: 0 | 1;
  e: [source: string, anchor: A] | null;
  t?: [value: number | null, exact: 0 | 1];
  s: [source: string, done: 0 | 1, anchor: A | null, inclusive: 0 | 1, hint: string | null][];
}

const MAX_CURSOR_CHARACTERS = 64 * 1024;
/** A longer cursor would not fit in a URL any more; what makes it long is upstream tokens, and those can wait here. */
const MAX_INLINE_CHARACTERS = 4 * 1024;

/**
 * @param secrets The first encrypts, all decrypt: a secret is changed by putting the new one in front.
 */
export function createListCursors(secrets: readonly string[], stash: HintStash): ListCursors {
  const cipher = createCursorCipher(secrets);
  const open = (cursor: string) => (cursor.length > MAX_CURSOR_CHARACTERS ? undefined : cipher.open(cursor));
  return {
    isOf(list, cursor) {
      const text = stash.get(open(cursor) ?? '');
      // What we have sealed has our shape.
      return text !== undefined && text !== '' && (JSON.parse(text) as Payload<unknown>).l === list;
    },

    encode(list, state) {
      let text = JSON.stringify(toPayload(list, state, (hint) => hint));
      if (text.length > MAX_INLINE_CHARACTERS) text = JSON.stringify(toPayload(list, state, (hint) => stash.put(hint)));
      // Many sources with long names: then the places themselves wait here too.
      if (text.length > MAX_INLINE_CHARACTERS) text = stash.put(text);
      return cipher.seal(text);
    },

    decode<A>(list: string, cursor: string): WalkState<A> {
      const opened = open(cursor);
      if (opened === undefined) {
        throw new InvalidInputError(
          'This is not a cursor of this API. Pass a cursor exactly as a page gave it, or none for the first page.',
        );
      }
      const text = stash.get(opened);
      if (text === undefined) {
        throw new InvalidInputError(
          'This cursor is too old: so long a one is kept for some minutes only. Start again without it.',
        );
      }
      // What we have sealed has our shape.
      const payload = JSON.parse(text) as Payload<A>;
      if (payload.l !== list) {
        throw new InvalidInputError(
          'This cursor belongs to another list. A cursor goes on with the field, filter and order it came from; start again without it.',
        );
      }
      return fromPayload(payload, (hint) => stash.get(hint));
    },
  };
}

/**
 * Where each source stands for a walk in the other direction from the same place: what was read becomes what is still to be read.
 * A source that has everything in one direction has nothing in the other.
 */
export function turnAround<A>(state: WalkState<A>): ReadonlyMap<string, SourceState<A>> {
  const turned = new Map<string, SourceState<A>>();
  for (const [source, { position, done }] of state.sources) {
    if (source === state.at?.source) turned.set(source, { position: { anchor: state.at.anchor } });
    else if (position === undefined) turned.set(source, done === true ? {} : { done: true });
    else turned.set(source, { position: { anchor: position.anchor, inclusive: position.inclusive !== true } });
  }
  return turned;
}

/** Names a list by everything that decides what is in it and in which order. */
export function listFingerprint(parts: unknown): string {
  return createHash('sha256').update(stableJson(parts)).digest('base64url').slice(0, 16);
}

function toPayload<A>(list: string, state: WalkState<A>, keep: (hint: string) => string): Payload<A> {
  return {
    v: 1,
    l: list,
    b: state.backward ? 1 : 0,
    e: state.at === undefined ? null : [state.at.source, state.at.anchor],
    ...(state.total === undefined ? {} : { t: [state.total.value, state.total.exact ? 1 : 0] }),
    s: [...state.sources].map(([source, { position, done }]) => [
      source,
      done === true ? 1 : 0,
      position?.anchor ?? null,
      position?.inclusive === true ? 1 : 0,
      position?.hint === undefined || done === true ? null : keep(position.hint),
    ]),
  };
}

function fromPayload<A>(payload: Payload<A>, find: (hint: string) => string | undefined): WalkState<A> {
  const sources = new Map<string, SourceState<A>>();
  for (const [source, done, anchor, inclusive, kept] of payload.s) {
    const hint = kept === null ? undefined : find(kept);
    sources.set(source, {
      ...(done === 1 ? { done: true } : {}),
      ...(anchor === null
        ? {}
        : {
            position: {
              anchor,
              ...(inclusive === 1 ? { inclusive: true } : {}),
              ...(hint === undefined ? {} : { hint }),
            },
          }),
    });
  }
  const at = payload.e === null ? undefined : { source: payload.e[0], anchor: payload.e[1] };
  const total = payload.t === undefined ? {} : { total: { value: payload.t[0], exact: payload.t[1] === 1 } };
  return { backward: payload.b === 1, at, sources, ...total };
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
