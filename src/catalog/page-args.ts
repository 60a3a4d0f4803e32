import { InvalidInputError } from '../domain/errors.js';

export const PAGE_MAX = 200;
export const PAGE_DEFAULT = 50;

/** The four Relay arguments as a caller sends them. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** One walk: so many items, in list order or against it, from a cursor on or from that end of the list. */
export interface PageRequest {
  readonly limit: number;
  readonly backward: boolean;
  readonly cursor: string | undefined;
}

/** @throws InvalidInputError when both ends are asked for at once, or a size is out of range. */
export function readPageArgs(args: PageArgs): PageRequest {
  const first = args.first ?? undefined;
  const last = args.last ?? undefined;
  const after = args.after ?? undefined;
  const before = args.before ?? undefined;
  if (first !== undefined && last !== undefined) {
    throw new InvalidInputError('Pass `first` or `last`, not both: `first` pages forward, `last` backward.');
  }
  if (after !== undefined && before !== undefined) {
    throw new InvalidInputError('Pass `after` (with `first`) or `before` (with `last`), not both.');
  }
  if (first !== undefined && before !== undefined) {
    throw new InvalidInputError('`before` goes with `last`; to page forward pass `first` and `after`.');
  }
  if (last !== undefined && after !== undefined) {
    throw new InvalidInputError('`after` goes with `first`; to page backward pass `last` and `before`.');
  }
  const backward = last !== undefined || before !== undefined;
  const name = backward ? 'last' : 'first';
  const limit = (backward ? last : first) ?? PAGE_DEFAULT;
  if (limit < 1 || limit > PAGE_MAX) {
    throw new InvalidInputError(
      `\`${name}\` is ${limit}; it must be from 1 to ${PAGE_MAX} (${PAGE_DEFAULT} when absent).`,
    );
  }
  return { limit, backward, cursor: backward ? before : after };
}
