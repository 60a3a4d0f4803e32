import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8, sortTags } from '../../../src/domain/model.js';

const wellFormed = fc.oneof(
  fc.string({ unit: 'binary' }),
  // Around the places where UTF-16 and UTF-8 order differ, with common prefixes.
  fc
    .array(fc.constantFrom('a', '\u007f', '\u0080', '퟿', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '😀'), {
      maxLength: 5,
    })
    .map((parts) => parts.join('')),
);

describe('compareUtf8', () => {
  it('orders as the bytes of UTF-8 do', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 5000 },
    );
  });

  it('differs from the order of JavaScript where it must', () => {
    expect(['😀', '\ufb01'].toSorted()).toEqual(['😀', '\ufb01']);
    expect(['😀', '\ufb01'].toSorted(compareUtf8)).toEqual(['\ufb01', '😀']);
  });
});

describe('sortTags', () => {
  it('orders by key and leaves its input alone', () => {
    const tags = [
      { key: 'b', value: '1' },
      { key: '😀', value: '2' },
      { key: 'B', value: '3' },
      { key: '\ufb01', value: '4' },
    ];
    expect(sortTags(tags).map(({ key }) => key)).toEqual(['B', 'b', '\ufb01', '😀']);
    expect(tags.map(({ key }) => key)).toEqual(['b', '😀', 'B', '\ufb01']);
  });
});
