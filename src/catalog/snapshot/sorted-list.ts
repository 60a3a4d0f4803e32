/** So many changes are put in their places one by one; more are sorted in together. */
const ONE_BY_ONE = 32;

/**
 * A list that is in order whenever it is read. Changes wait until then, so that a load of many costs no more than sorting them once, and a single one no
 * more than finding its place.
 */
export class SortedList<E> {
  #items: E[];
  readonly #added = new Set<E>();
  readonly #removed = new Set<E>();

  /** @param compare A total order: 0 for one and the same item only. What it looks at must not change while an item is in the list. */
  constructor(
    items: Iterable<E>,
    private readonly compare: (a: E, b: E) => number,
  ) {
    this.#items = [...items].sort(compare);
  }

  add(item: E): void {
    this.#added.add(item);
  }

  remove(item: E): void {
    if (!this.#added.delete(item)) this.#removed.add(item);
  }

  /** Good until the next change is made: it is not copied. */
  get items(): readonly E[] {
    const changes = this.#added.size + this.#removed.size;
    if (changes > ONE_BY_ONE) this.#sortIn();
    else if (changes > 0) this.#place();
    this.#added.clear();
    this.#removed.clear();
    return this.#items;
  }

  #place(): void {
    for (const item of this.#removed) {
      const index = placeIn(this.#items, (other) => this.compare(other, item));
      if (this.#items[index] === item) this.#items.splice(index, 1);
    }
    for (const item of this.#added) {
      this.#items.splice(
        placeIn(this.#items, (other) => this.compare(other, item)),
        0,
        item,
      );
    }
  }

  #sortIn(): void {
    const kept = this.#removed.size === 0 ? this.#items : this.#items.filter((item) => !this.#removed.has(item));
    // Two runs that are in order already: sorting merges them.
    this.#items = kept.concat([...this.#added].sort(this.compare)).sort(this.compare);
  }
}

/**
 * Index of the first item that does not come before a place.
 * @param distance Negative for items before the place, ascending over the list.
 */
export function placeIn<E>(items: readonly E[], distance: (item: E) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && distance(item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
