import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../../adapters/shared/json-fault.js';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('JSON that can be kept', () => {
  it('is all that reads back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }), (value) => {
        // JSON has no negative zero.
        fc.pre(!JSON.stringify(value).includes('\\ud') && !Object.is(value, -0));
        expect(jsonFault(value)).toBeNull();
      }),
    );
  });

  it.each([
    ['a lone surrogate', ['\ud800'], /lone surrogate/],
    ['a lone surrogate in a key', { a: { '\udc00': 1 } }, /lone surrogate/],
    ['no number', { a: Number.NaN }, /NaN/],
    ['no end', [Number.NEGATIVE_INFINITY], /-Infinity/],
    ['nothing', { a: undefined }, /undefined/],
    ['a big integer', [1n], /bigint/],
    ['a function', { a: () => 1 }, /function/],
    ['a date', new Date(0), /object/],
    ['a map', { a: new Map() }, /object/],
  ])('is not %s', (_, value, fault) => {
    expect(jsonFault(value)).toMatch(fault);
  });

  it('has an end to its depth, far below that of the stack', () => {
    expect(jsonFault(nested(64))).toBeNull();
    expect(jsonFault(nested(65))).toMatch(/64 levels/);
    expect(jsonFault(nested(5000))).toMatch(/64 levels/);
  });
});
