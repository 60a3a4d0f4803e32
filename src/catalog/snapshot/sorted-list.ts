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
    const added = [...this.#added].sort(this.compare);
    const merged: E[] = [];
    let from = 0;
    // Between two that are added everything stays as it is: comparing is what costs, and it is done for the places of those alone.
    for (const item of added) {
      const place = placeIn(this.#items, (other) => this.compare(other, item), from);
      this.#keep(merged, from, place);
      merged.push(item);
      from = place;
    }
    this.#keep(merged, from, this.#items.length);
    this.#items = merged;
  }

  #keep(merged: E[], from: number, to: number): void {
    for (let index = from; index < to; index += 1) {
      const item = this.#items[index];
      if (item !== undefined && !this.#removed.has(item)) merged.push(item);
    }
  }
}

/**
 * Index of the first item that does not come before a place.
 * @param distance Negative for items before the place, ascending over the list.
 * @param from Where to begin to look.
 */
export function placeIn<E>(items: readonly E[], distance: (item: E) => number, from = 0): number {
  let low = from;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && distance(item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
