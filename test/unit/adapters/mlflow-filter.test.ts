import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalsCondition, namesInConditions, narrowModels, narrowVersions } from '../../../adapters/mlflow/filter.js';
import { mlflowOptions } from '../../../adapters/mlflow/index.js';
import { matchesText } from '../../../src/domain/filters.js';

const { approval } = mlflowOptions.parse({ url: 'http://127.0.0.1:5000' });

describe('equalsCondition', () => {
  it.each([
    ['plain', "name = 'plain'"],
    ["it's", 'name = "it\'s"'],
    ['say "hi"', 'name = \'say "hi"\''],
    ['back\\slash', "name = 'back\\slash'"],
    ['100 % a_b', "name = '100 % a_b'"],
    ['', "name = ''"],
  ])('writes %j as it stands, between quotes that it does not hold', (value, text) => {
    expect(equalsCondition('name', value)).toEqual({ text, isExact: true });
  });

  it.each([
    ['both \' and "', "name LIKE 'both _ and \"'"],
    ['ends in \\', "name LIKE 'ends in _'"],
  ])('falls back to a wider pattern for %j, which cannot be written', (value, text) => {
    expect(equalsCondition('name', value)).toEqual({ text, isExact: false });
  });
});

describe('namesInConditions', () => {
  it('escapes whatever could end the literal or the list', () => {
    const [list] = namesInConditions(["it's", 'a\\"(b),c', '模😀']);
    expect(list?.condition).toBe(
      "name IN ('it\\u0027s','a\\u005c\\u0022\\u0028b\\u0029\\u002cc','\\u6a21\\U0001f600')",
    );
  });

  it('splits lists so that a request line stays short, and loses no name', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }), { maxLength: 80 }),
        (names) => {
          const chunks = namesInConditions(names);
          expect(chunks.flatMap((chunk) => chunk.names)).toEqual(names);
          for (const { names: own, condition } of chunks) {
            expect(own.length === 1 || encodeURIComponent(condition).length <= 2900).toBe(true);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('narrowing', () => {
  it('names what the upstream can compare', () => {
    expect(narrowModels({ names: ['a'], tags: [{ key: 'tier', values: ['gold'] }] })).toEqual([
      "name = 'a'",
      "tags.`tier` = 'gold'",
    ]);
    expect(narrowVersions(approval, { approvalStatuses: ['APPROVED'], artifactUris: ['s3://b/x'] })).toEqual([
      "source_path = 's3://b/x'",
      "tags.`validation_status` ILIKE '%approved%'",
    ]);
  });

  it('leaves out what would lose matches', () => {
    const filters = {
      names: ['a', 'b'],
      tags: [
        { key: 'any', values: ['x', 'y'] },
        { key: 'none', absent: true },
        { key: "odd'key", values: ['x'] },
        { key: 'there' },
      ],
    };
    expect(narrowModels(filters)).toEqual([]);
    // Versions without the tag are pending too.
    expect(narrowVersions(approval, { approvalStatuses: ['PENDING'] })).toEqual([]);
    expect(narrowVersions(approval, { approvalStatuses: ['APPROVED', 'REJECTED'] })).toEqual([]);
    expect(narrowVersions(approval, { tags: [{ key: 'validation_status', values: ['approved'] }] })).toEqual([]);
  });

  it('never excludes a name that our own matching accepts', () => {
    const text = fc.string({ unit: fc.constantFrom(...'aKi%_\\\'"*?.-\u212aİſé', 'e\u0301', '模'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, fc.constantFrom('contains', 'matches'), (pattern, name, kind) => {
        const filter = { [kind]: pattern };
        if (!matchesText(filter, name)) return;
        for (const condition of narrowModels({ name: filter })) {
          const like = /^name ILIKE '(.*)'$/su.exec(condition)?.[1] ?? '';
          expect(matchesLike(like, name), `${condition} for ${JSON.stringify(name)}`).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

/** As SQLite does it: only ASCII letters are folded, and nothing is normalised. */
function matchesLike(like: string, text: string): boolean {
  const ascii = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const source = [...ascii(like)]
    .map((char) => (char === '%' ? '.*' : char === '_' ? '.' : char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'su').test(ascii(text));
}
