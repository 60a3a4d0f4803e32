import { createHash } from 'node:crypto';

// Numbers that look measured and are the same in every run.

/** 0 to 1, decided by the name alone. */
export function fraction(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32;
}

export function sha256(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** As git writes a commit. */
export function commitOf(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
