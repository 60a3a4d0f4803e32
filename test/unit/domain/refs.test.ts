import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/domain/errors.js';
import {
  isRegistryId,
  type ModelRef,
  modelId,
  modelOf,
  namePart,
  parseModelId,
  parseNodeId,
  parseVersionId,
  quote,
  refFromNamePart,
  versionId,
} from '../../../src/domain/refs.js';

const registryIds = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
const texts = fc.string({ unit: 'binary', minLength: 1 });
/** What a registry may name its own models: anything but a name that reads as owned by an account. */
const ownNames = fc
  .oneof(texts, fc.string({ unit: 'grapheme', minLength: 1 }))
  .filter((name) => !/^\d{12}:/.test(name));
const accounts = fc.stringMatching(/^\d{12}$/);
const modelRefs = fc.oneof(
  fc.record({ registryId: registryIds, name: ownNames }),
  fc.record({ registryId: registryIds, name: texts, ownerAccount: accounts }),
);

describe('ids', () => {
  it('come back as the model they were made of', () => {
    fc.assert(
      fc.property(modelRefs, (ref: ModelRef) => {
        expect(parseModelId(modelId(ref))).toEqual(ref);
        expect(parseNodeId(modelId(ref))).toEqual({ type: 'model', ref });
        expect(refFromNamePart(ref.registryId, namePart(ref))).toEqual(ref);
      }),
    );
  });

  it('come back as the version they were made of', () => {
    fc.assert(
      fc.property(modelRefs, texts, (model: ModelRef, version) => {
        const ref = { ...model, version };
        expect(parseVersionId(versionId(ref))).toEqual(ref);
        expect(parseNodeId(versionId(ref))).toEqual({ type: 'version', ref });
        expect(modelOf(ref)).toEqual(model);
      }),
    );
  });

  it('have one spelling: what parses is what is written', () => {
    const parts = fc.array(fc.oneof(texts.map(encodeURIComponent), fc.string({ unit: 'binary' })), { maxLength: 4 });
    const written = (id: string): string => {
      const node = parseNodeId(id);
      if (node.type === 'registry') return node.registryId;
      return node.type === 'model' ? modelId(node.ref) : versionId(node.ref);
    };
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          parts.map((list) => list.join('/')),
          fc.tuple(registryIds, parts).map(flatten),
        ),
        (id) => {
          try {
            expect(written(id)).toBe(id);
          } catch (error) {
            if (!(error instanceof InvalidInputError)) throw error;
            expect(error.message.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a/b%2fc', 'lower-case escape'],
    ['a/b%20c%', 'broken escape'],
    ['a/b c', 'unescaped space'],
    ['a/%62', 'needless escape'],
    ['a/%C0%AF', 'overlong form'],
    ['a/%ED%A0%80', 'escaped surrogate'],
    ['a/\ud800', 'lone surrogate'],
    ['a/', 'empty name'],
    ['a//1', 'empty name before a version'],
    ['a/b/', 'empty version'],
    ['a/b/1/2', 'too many parts'],
    ['/b', 'empty registry'],
    ['', 'nothing'],
    ['A/b', 'upper-case registry'],
    ['-a/b', 'leading hyphen'],
    ['é', 'not ASCII'],
    ['a'.repeat(64), 'long registry'],
    ['deployment:a/b', 'another kind of thing'],
    ['a\n', 'trailing line break'],
  ])('refuse %j: %s', (id) => {
    expect(() => parseNodeId(id)).toThrow(InvalidInputError);
  });

  it('are of one kind', () => {
    expect(() => parseModelId('a')).toThrow(/<registryId>\/<name>\./);
    expect(() => parseModelId('a/b/1')).toThrow(InvalidInputError);
    expect(() => parseVersionId('a/b')).toThrow(/<version>\./);
    expect(parseNodeId('prod-eu')).toEqual({ type: 'registry', registryId: 'prod-eu' });
    expect(isRegistryId('prod-eu')).toBe(true);
  });

  it('tell a group of another account from a plain name', () => {
    expect(parseModelId('eu/123456789012%3Afraud')).toEqual({
      registryId: 'eu',
      name: 'fraud',
      ownerAccount: '123456789012',
    });
    for (const name of [
      '12345678901:fraud',
      '1234567890123:fraud',
      '123456789012:',
      '１２３４５６７８９０１２:fraud',
    ]) {
      expect(refFromNamePart('eu', name)).toEqual({ registryId: 'eu', name });
    }
  });

  it('are not made of a name that no registry can hold', () => {
    expect(() => modelId({ registryId: 'a', name: 'lone \udfff' })).toThrow(InvalidInputError);
    expect(() => versionId({ registryId: 'a', name: 'b', version: '\ud800' })).toThrow(InvalidInputError);
  });

  it('are quoted short and well-formed in messages', () => {
    expect(quote('a"b')).toBe('"a\\"b"');
    expect(quote(`${'x'.repeat(79)}😀`).isWellFormed()).toBe(true);
    expect(quote('x'.repeat(10_000)).length).toBeLessThan(100);
  });
});

function flatten([first, rest]: [string, string[]]): string {
  return [first, ...rest].join('/');
}
