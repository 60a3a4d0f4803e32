import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postGraphQL, startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

let gateway: TestGateway;
let cursor: string;
beforeAll(async () => {
  gateway = await startGateway([
    await sampleRegistry('east', [
      { name: 'churn', statuses: ['APPROVED', 'PENDING'] },
      { name: 'fraud', statuses: [] },
    ]),
  ]);
  const { data } = await gateway.query('{ models(first: 1) { pageInfo { endCursor } } }');
  cursor = data.models.pageInfo.endCursor;
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('bad input', () => {
  it.each([
    ['models(first: 201) { nodes { id } }', 'BAD_USER_INPUT', /from 1 to 200/],
    ['models(first: 0) { nodes { id } }', 'BAD_USER_INPUT', /from 1 to 200/],
    ['models(first: -1) { nodes { id } }', 'BAD_USER_INPUT', /from 1 to 200/],
    ['models(last: 201) { nodes { id } }', 'BAD_USER_INPUT', /`last` is 201/],
    ['models(first: 1, last: 1) { nodes { id } }', 'BAD_USER_INPUT', /not both/],
    ['models(first: 1, before: "x") { nodes { id } }', 'BAD_USER_INPUT', /goes with `last`/],
    ['models(after: "nonsense") { nodes { id } }', 'BAD_USER_INPUT', /exactly as a page gave it/],
    ['models(filter: {registryIds: ["nowhere"]}) { nodes { id } }', 'BAD_USER_INPUT', /The registries are: east/],
    [
      `models(filter: {names: ${JSON.stringify(Array(201).fill('a'))}}) { nodes { id } }`,
      'BAD_USER_INPUT',
      /200 at most/,
    ],
    [`models(filter: {search: "${'a '.repeat(600)}"}) { nodes { id } }`, 'BAD_USER_INPUT', /1000 at most/],
    [`models(filter: {name: {matches: "${'*a'.repeat(600)}"}}) { nodes { id } }`, 'BAD_USER_INPUT', /1000 at most/],
    ['models(filter: {name: {}}) { nodes { id } }', 'BAD_USER_INPUT', /exactly one of/],
    ['models(filter: {name: {equals: "a", contains: "b"}}) { nodes { id } }', 'BAD_USER_INPUT', /exactly one of/],
    ['models(filter: {tags: [{key: "a", values: ["b"], absent: true}]}) { nodes { id } }', 'BAD_USER_INPUT', /absent/],
    ['models(filter: {createdAfter: "yesterday"}) { nodes { id } }', 'BAD_USER_INPUT', /RFC 3339/],
    ['models(filter: {createdAfter: "2026-02-30T00:00:00Z"}) { nodes { id } }', 'BAD_USER_INPUT', /RFC 3339/],
    [
      'models(orderBy: {field: COLOUR}) { nodes { id } }',
      'BAD_USER_INPUT',
      /Its values are: NAME, CREATED_AT, UPDATED_AT\./,
    ],
    ['models(freshness: {maxAgeSeconds: -1}) { nodes { id } }', 'BAD_USER_INPUT', /0 or more/],
    ['modelVersions(orderBy: {field: NUMBER}) { nodes { id } }', 'UNSUPPORTED', /order by CREATED_AT/],
    ['modelVersions(filter: {modelIds: ["east"]}) { nodes { id } }', 'BAD_USER_INPUT', /not the id of a model/],
    ['modelVersions(filter: {modelIds: ["nowhere/x"]}) { nodes { id } }', 'BAD_USER_INPUT', /The registries are: east/],
    [`models(filter: {tags: [${'{key: "a"},'.repeat(11)}]}) { nodes { id } }`, 'BAD_USER_INPUT', /10 at most/],
    ['modelByName(registryId: "nowhere", name: "x") { id }', 'BAD_USER_INPUT', /The registries are: east/],
    ['modelVersionByNativeId(nativeId: "x", registryId: "nowhere") { id }', 'BAD_USER_INPUT', /The registries are/],
    ['model(id: "east") { id }', 'BAD_USER_INPUT', /<registryId>\/<name>/],
    ['model(id: "east/a b") { id }', 'BAD_USER_INPUT', /encodeURIComponent/],
    ['modelVersion(id: "east/churn") { id }', 'BAD_USER_INPUT', /model version/],
    ['node(id: "East/churn") { id }', 'BAD_USER_INPUT', /is not an id/],
    ['node(id: "east/%ed%a0%80") { id }', 'BAD_USER_INPUT', /is not an id/],
    ['registry(id: "east/churn") { id }', 'BAD_USER_INPUT', /not the id of a registry/],
    [`nodes(ids: ${JSON.stringify(Array(101).fill('east'))}) { id }`, 'BAD_USER_INPUT', /100 at most/],
  ])('%s is %s', async (field, code, message) => {
    const { errors } = await gateway.query(`{ ${field} }`);
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code, retryable: false } }]);
  });

  it('a cursor of another list is refused, by filter, order, field and scope', async () => {
    for (const field of [
      `models(after: "${cursor}", filter: {name: {contains: "c"}}) { nodes { id } }`,
      `models(after: "${cursor}", orderBy: {field: NAME, direction: DESC}) { nodes { id } }`,
      `modelVersions(after: "${cursor}") { nodes { id } }`,
    ]) {
      const { errors } = await gateway.query(`{ ${field} }`);
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/another list/), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });

  it.each([
    ['no document', {}, 400],
    ['a syntax error', { query: '{ models(' }, 400],
    ['an unknown field', { query: '{ nothing }' }, 400],
    ['an unknown operation', { query: 'query A { registries { id } }', operationName: 'B' }, 400],
    [
      'a wrong variable',
      { query: 'query ($n: Int) { models(first: $n) { nodes { id } } }', variables: { n: 'x' } },
      400,
    ],
    [
      'a value nested too deeply',
      { query: `{ models(filter: {names: ${'['.repeat(1900)}${']'.repeat(1900)}}) { nodes { id } } }` },
      400,
    ],
    ['a document of too many tokens', { query: `{ ${'registries { id } '.repeat(2000)} }` }, 400],
  ])('%s is BAD_USER_INPUT', async (_what, body, status) => {
    const answer = await postGraphQL(gateway.url, body);
    expect(answer.status).toBe(status);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(['subscription { __typename }', 'subscription { registryChanges { cursor } }'])(
    '%s is told where subscriptions are',
    async (query) => {
      const { errors } = await gateway.query(query);
      expect(errors.map(({ extensions }) => extensions.code)).toContain('UNSUPPORTED');
      expect(JSON.stringify(errors)).toContain('/graphql/stream');
      expect(JSON.stringify(errors)).not.toMatch(/INTERNAL/);
    },
  );

  it('outside of GraphQL is answered in the same form', async () => {
    const post = (headers: Record<string, string>, body: string) =>
      fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    const json = { 'Content-Type': 'application/json' };
    const answers = await Promise.all([
      post(json, '{not json'),
      post({ 'Content-Type': 'text/plain' }, '{"query":"{ registries { id } }"}'),
      post(json, JSON.stringify({ query: ' '.repeat(1_100_000) })),
      fetch(`${gateway.url}/nowhere`),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([400, 400, 413, 404]);
    for (const answer of answers) {
      expect(await answer.json()).toMatchObject({
        errors: [{ message: expect.any(String), extensions: { code: expect.any(String) } }],
      });
    }
  });

  it('of no kind makes an INTERNAL error', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'east',
        'east/churn',
        'east/churn/1',
        'east/churn/01',
        cursor,
        '',
        '/',
        '%',
        '\u0000',
        '\ud800',
        'a'.repeat(300),
      ),
    );
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const textFilter = fc.record({ equals: text, contains: text, matches: text }, { requiredKeys: [] });
    const tagFilter = fc.record(
      { key: text, values: fc.array(text, { maxLength: 2 }), absent: fc.boolean() },
      { requiredKeys: ['key'] },
    );
    const time = fc.oneof(fc.constant('2026-01-01T00:00:00Z'), text);
    const variables = fc.record(
      {
        id: text,
        ids: fc.array(text, { maxLength: 3 }),
        first: fc.oneof(fc.integer({ min: -5, max: 250 }), fc.integer()),
        last: maybe(fc.integer({ min: -5, max: 250 })),
        after: maybe(text),
        before: maybe(text),
        filter: fc.record(
          {
            name: textFilter,
            names: fc.array(text, { maxLength: 3 }),
            nativeIds: fc.array(text, { maxLength: 2 }),
            search: text,
            owner: textFilter,
            tags: fc.array(tagFilter, { maxLength: 2 }),
            createdAfter: time,
            registryIds: fc.array(text, { maxLength: 2 }),
          },
          { requiredKeys: [] },
        ),
        versionFilter: fc.record(
          {
            modelIds: fc.array(text, { maxLength: 2 }),
            modelName: textFilter,
            nativeIds: fc.array(text, { maxLength: 2 }),
            tags: fc.array(tagFilter, { maxLength: 2 }),
            stages: fc.array(text, { maxLength: 2 }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['id', 'ids'] },
    );
    const document = `query ($id: ID!, $ids: [ID!]!, $first: Int, $last: Int, $after: String, $before: String, $filter: ModelFilter, $versionFilter: ModelVersionFilter) {
      node(id: $id) { id } nodes(ids: $ids) { id }
      model(id: $id) { id } modelVersion(id: $id) { id } registry(id: $id) { id }
      modelByName(registryId: $id, name: $id) { id }
      modelVersionByName(registryId: "east", modelName: $id, version: $id) { id }
      modelVersionByNativeId(nativeId: $id) { id }
      models(first: $first, last: $last, after: $after, before: $before, filter: $filter) { nodes { id versionByName(version: $id) { id } versionByAlias(alias: $id) { id } } }
      modelVersions(first: $first, last: $last, after: $after, before: $before, filter: $versionFilter) { nodes { id } }
    }`;
    await fc.assert(
      fc.asyncProperty(variables, async (values) => {
        const { errors } = await gateway.query(document, values);
        expect(errors.filter((error) => error.extensions.code === 'INTERNAL')).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  }, 120_000);
});
