import { buildSchema, parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { beginAfter } from '../../../src/server/streams/begin-after.js';

const schema = buildSchema(`
  type Query { a: String }
  type Item { id(after: String): String }
  type Subscription { items(filter: String, after: String): Item }
`);
const without = (document: string) => print(beginAfter(parse(document), null, schema));
const one = (document: string) => print(parse(document));

it('where a subscription begins is taken out of it, wherever that stands', () => {
  const bare = one('subscription ($f: String) { items(filter: $f) { id } }');
  expect(without('subscription ($f: String, $c: String) { items(filter: $f, after: $c) { id } }')).toBe(bare);
  expect(without('subscription ($f: String) { items(after: "abc", filter: $f) { id } }')).toBe(bare);
  expect(without('subscription ($c: String) { ...F } fragment F on Subscription { items(after: $c) { id } }')).toBe(
    one('subscription { ...F } fragment F on Subscription { items { id } }'),
  );
});

it('what else is called so stays, with its variable', () => {
  expect(without('subscription ($c: String) { items(after: $c) { id(after: $c) } }')).toBe(
    one('subscription ($c: String) { items { id(after: $c) } }'),
  );
});

it('another place can be put in', () => {
  const document = parse('subscription ($c: String) { items(after: $c) { id } }');
  expect(print(beginAfter(document, 'a "b"', schema))).toBe(one('subscription { items(after: "a \\"b\\"") { id } }'));
});
