/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** 0 to below 1. */
  next(): number;
  /** 0 to below `n`. */
  int(n: number): number;
  pick<T>(items: readonly T[]): T;
  /** With that mean, never more than four times it. */
  around(mean: number): number;
  /** A stream of its own, the same for the same name: what one actor draws does not depend on how fast the others are. */
  fork(name: string): Random;
}

/** Mulberry32: small, and good enough for choosing. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (n) => Math.floor(next() * n),
    pick<T>(items: readonly T[]): T {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('There is nothing to pick from.');
      return item;
    },
    around: (mean) => Math.min(-Math.log(1 - next()), 4) * mean,
    fork: (name) => createRandom(hash(`${seed} ${name}`)),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
