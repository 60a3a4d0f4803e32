import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  REGISTRANT_KEY,
  readRegistrant,
  registrantEntries,
  writeRegistrant,
} from '../../../adapters/sagemaker/registrant.js';

const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

describe('who registered a version', () => {
  it('is text that customer metadata takes', () => {
    expect(writeRegistrant({ name: 'ana@example.com', nativeId: 'https://issuer.example/#ana' })).toEqual({
      [REGISTRANT_KEY]: 'ana@example.com=/https://issuer.example/=23ana',
    });
    expect(writeRegistrant({ name: 'ana@example.com' })).toEqual({ [REGISTRANT_KEY]: 'ana@example.com' });
    expect(writeRegistrant(undefined)).toEqual({});
  });

  it('reads back as it was, however long and whatever its characters', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(text, fc.option(text), (name, nativeId) => {
        const written = writeRegistrant(nativeId === null ? { name } : { name, nativeId });
        for (const value of Object.values(written)) expect(value).toMatch(VALUE);
        expect(readRegistrant(written)).toEqual({ name, kind: 'USER', nativeId });
        fc.pre(nativeId?.startsWith('arn:') !== true);
        expect(registrantEntries({ name, kind: 'USER', nativeId })).toBe(Object.keys(written).length);
      }),
    );
  });

  it('goes on in as many entries as it takes', () => {
    const written = writeRegistrant({ name: 'n'.repeat(256), nativeId: 'i'.repeat(300) });
    expect(Object.keys(written)).toEqual([REGISTRANT_KEY, `${REGISTRANT_KEY}.2`, `${REGISTRANT_KEY}.3`]);
  });

  it('is nobody where nothing says so, and takes up nothing where SageMaker says it', () => {
    expect(readRegistrant({})).toBeNull();
    expect(readRegistrant({ [`${REGISTRANT_KEY}.2`]: 'ana' })).toBeNull();
    expect(readRegistrant({ [REGISTRANT_KEY]: '' })).toBeNull();
    expect(registrantEntries(null)).toBe(0);
    expect(registrantEntries({ name: 'ana', kind: 'USER', nativeId: 'arn:aws:iam::1:user/ana' })).toBe(0);
    expect(registrantEntries({ name: 'registrar/registrar', kind: 'UNKNOWN', nativeId: null })).toBe(0);
  });
});
