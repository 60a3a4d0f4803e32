/** Freezes what a config is made of: plain objects and lists, all the way down. What an options model made besides is left as it is. */
export function deepFreeze<T>(value: T): T {
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else if (isPlain(value)) for (const item of Object.values(value)) deepFreeze(item);
  else return value;
  return Object.freeze(value);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}
