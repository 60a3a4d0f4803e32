/** `SAGA_ROUNDS=20 npm test -- test/saga`: so many rounds of each race, and every step over every governance store. Default: 1, and a choice. */
export const rounds = Number(process.env['SAGA_ROUNDS'] ?? 1);

export const isThorough = rounds > 1;

/** Says how many cases of a kind have run, past the reporter. */
export function report(kind: string, count: number): void {
  process.stdout.write(`saga: ${count} × ${kind}\n`);
}
