/** The fields that say something: in a filter, absent and null mean the same. */
export type Present<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
}
