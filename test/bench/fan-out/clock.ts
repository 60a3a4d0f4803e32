/** Milliseconds, by a clock that all processes of one machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** What begins the id of every change of the bench; the time when it was put follows, as `TIME_CHARACTERS` characters. */
export const MARKER = '"bench:';
export const TIME_CHARACTERS = 20;

/** An id that says when it was made, always as long; `number` tells apart what is put at once. */
export function idAt(ms: number, number: number): string {
  return `bench:${ms.toFixed(3).padStart(TIME_CHARACTERS, '0')}:${String(number).padStart(6, '0')}`;
}
