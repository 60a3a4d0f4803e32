/** Deeper than any document that a person wrote, and far from what overflows the stack. */
const DEPTH_MAX = 64;

/** Why a value cannot be kept as JSON and read back as it was; null where it can. */
export function jsonFault(value: unknown, depth = 0): string | null {
  if (depth > DEPTH_MAX) return `nests more than ${DEPTH_MAX} levels deep`;
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string') return value.isWellFormed() ? null : 'holds a lone surrogate; send well-formed text';
  if (typeof value === 'number') return Number.isFinite(value) ? null : `holds ${value}, which JSON has no form for`;
  if (Array.isArray(value)) return firstFault(value, depth);
  if (isPlainObject(value)) return firstFault([...Object.keys(value), ...Object.values(value)], depth);
  return `holds a value of type ${typeof value}, which is no JSON`;
}

function firstFault(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const fault = jsonFault(value, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
