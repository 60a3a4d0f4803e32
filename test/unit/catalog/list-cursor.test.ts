import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHintStash } from '../../../src/catalog/hint-stash.js';
import { createListCursors, listFingerprint, type WalkState } from '../../../src/catalog/list-cursor.js';
import { InvalidInputError } from '../../../src/domain/errors.js';

const OLD = 'an-old-secret-of-more-than-thirty-two-chars';
const NEW = 'a-new-secret-of-more-than-thirty-two-characters';

const state = (hint?: string): WalkState<{ name: string }> => ({
  backward: false,
  at: { source: 'a', anchor: { name: 'x/π "' } },
  sources: new Map([
    ['a', { position: { anchor: { name: 'x/π "' }, ...(hint === undefined ? {} : { hint }) } }],
    ['b', { done: true }],
    ['c', {}],
    ['d', { position: { anchor: { name: 'y' }, inclusive: true }, done: true }],
  ]),
});

describe('a list cursor', () => {
  it('gives back the state that it was made of', () => {
    const cursors = createListCursors([NEW], createHintStash());
    expect(cursors.decode('list', cursors.encode('list', state('token')))).toEqual(state('token'));
  });

  it('says nothing to whoever has it but how long about it is', () => {
    const cursors = createListCursors([NEW], createHintStash());
    const standing = (name: string) =>
      cursors.encode('list', { ...state(), sources: new Map([['a', { position: { anchor: { name } } }]]) });
    const cursor = standing('secret-project');
    const read = Buffer.from(cursor, 'base64url').toString('latin1');
    expect(`${cursor}${read}`).not.toMatch(/secret|list|position/);
    expect(standing('secret')).toHaveLength(cursor.length);
  });

  it('is the same for the same place, so that a page read twice is the same page', () => {
    const [one, another] = [OLD, NEW].map((secret) => createListCursors([secret], createHintStash()));
    expect(one?.encode('list', state())).toBe(one?.encode('list', state()));
    expect(one?.encode('list', state())).not.toBe(another?.encode('list', state()));
    expect(one?.encode('list', state())).not.toBe(one?.encode('other', state()));
  });

  it('is refused in another list, altered, or made with an unknown secret', () => {
    const cursors = createListCursors([NEW], createHintStash());
    const cursor = cursors.encode('list', state());
    expect(() => cursors.decode('other', cursor)).toThrow(/belongs to another list/);
    expect(() => createListCursors([OLD], createHintStash()).decode('list', cursor)).toThrow(InvalidInputError);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'Aa0_-.=+/ '), (index, character) => {
        fc.pre(cursor[index] !== character);
        const altered = cursor.slice(0, index) + character + cursor.slice(index + 1);
        expect(() => cursors.decode('list', altered)).toThrow(InvalidInputError);
      }),
    );
  });

  it('has one spelling', () => {
    const cursors = createListCursors([NEW], createHintStash());
    const cursor = cursors.encode('list', state());
    const last = cursor.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // The last character has bits that mean nothing.
    const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    const standard = cursor.replaceAll('-', '+').replaceAll('_', '/');
    const others = [`${cursor.slice(0, -1)}${twin}`, `${cursor}=`, `${cursor}==`, ` ${cursor}`, `${cursor}\n`];
    for (const other of standard === cursor ? others : [...others, standard]) {
      expect(() => cursors.decode('list', other)).toThrow(InvalidInputError);
    }
  });

  it('is refused whatever text it is', () => {
    const cursors = createListCursors([NEW], createHintStash());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => cursors.decode('list', text)).toThrow(InvalidInputError);
      }),
    );
  });

  it('made with an older secret is still read after the secret was changed', () => {
    const cursor = createListCursors([OLD], createHintStash()).encode('list', state());
    expect(createListCursors([NEW, OLD], createHintStash()).decode('list', cursor)).toEqual(state());
  });

  it('stays short however long the upstream token is, and finds the token again', () => {
    const cursors = createListCursors([NEW], createHintStash());
    const token = 't'.repeat(8192);
    const cursor = cursors.encode('list', state(token));
    expect(cursor.length).toBeLessThan(1024);
    expect(cursors.decode('list', cursor)).toEqual(state(token));
  });

  it('can be read back however many places with long names are in it', () => {
    const cursors = createListCursors([NEW], createHintStash());
    const sources = Array.from(
      { length: 50 },
      (_, index) => [`a/${'模'.repeat(240)}${index}`, { position: { anchor: { name: '模'.repeat(240) } } }] as const,
    );
    const large = { ...state(), sources: new Map(sources) };
    const cursor = cursors.encode('list', large);
    expect(cursor.length).toBeLessThan(1024);
    expect(cursors.decode('list', cursor)).toEqual(large);
    expect(() => createListCursors([NEW], createHintStash()).decode('list', cursor)).toThrow(/too old/);
  });

  it('is of use without the token when that is no longer kept', () => {
    const token = 't'.repeat(8192);
    const cursor = createListCursors([NEW], createHintStash()).encode('list', state(token));
    expect(createListCursors([NEW], createHintStash()).decode('list', cursor)).toEqual(state());
  });
});

describe('the stash of hints', () => {
  it('forgets after its time, and the oldest first when it is full', () => {
    let now = 0;
    const stash = createHintStash({ ttlSeconds: 10, maxCharacters: 8, now: () => now });
    const [first, second, third] = ['one', 'two', 'three'].map((hint) => stash.put(hint));
    expect([first, second, third].map((key) => stash.get(key ?? ''))).toEqual([undefined, 'two', 'three']);
    now = 10_000;
    expect(stash.get(third ?? '')).toBeUndefined();
  });
});

describe('the fingerprint of a list', () => {
  it('depends on what is asked, not on the order in which it is written', () => {
    expect(listFingerprint({ a: 1, b: { c: 2, d: 3 } })).toBe(listFingerprint({ b: { d: 3, c: 2 }, a: 1 }));
    expect(listFingerprint({ a: 1 })).not.toBe(listFingerprint({ a: 2 }));
  });
});
