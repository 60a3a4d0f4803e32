import type { ListCursors } from './list-cursor.js';
import { listFingerprint } from './list-cursor.js';
import { type PageArgs, type PageRequest, readPageArgs } from './page-args.js';

/** Cursors of a list that comes from one source: a place in it is all there is to them. */
export interface PlaceCursors {
  /** Names a list by everything that decides what is in it and in which order. */
  name(list: unknown): string;
  seal<A>(list: string, place: A): string;
  /** @throws InvalidInputError for what is no cursor of that list. */
  open<A>(list: string, cursor: string): A;
  readArgs(page: PageArgs): PageRequest;
}

const SOURCE = 'list';

export function createPlaceCursors(cursors: ListCursors): PlaceCursors {
  return {
    name: listFingerprint,
    seal: (list, anchor) =>
      cursors.encode(list, { backward: false, at: { source: SOURCE, anchor }, sources: new Map() }),
    open<A>(list: string, cursor: string): A {
      const { at } = cursors.decode<A>(list, cursor);
      if (at === undefined) throw new Error('A cursor of a place holds none.');
      return at.anchor;
    },
    readArgs: readPageArgs,
  };
}
