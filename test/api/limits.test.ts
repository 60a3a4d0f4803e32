import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway([await sampleRegistry('east', [{ name: 'churn', statuses: ['APPROVED'] }])]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const costExceeded = (message: RegExp) => [
  { message: expect.stringMatching(message), extensions: { code: 'COST_EXCEEDED', retryable: false } },
];

/** Each level spreads the next one twice: 2^levels records, all of them the same two. */
function doubling(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, level) => {
    const next = level + 1 < levels ? `...F${level + 1}` : 'name';
    return `fragment F${level} on Model { a: latestVersion { model { ${next} } } b: latestVersion { model { ${next} } } }`;
  });
  return `{ model(id: "east/churn") { ...F0 } }\n${fragments.join('\n')}`;
}

/** A field that holds this many levels of fields in all. */
function nested(depth: number): string {
  if (depth === 1) return 'id';
  return depth === 2 ? 'model { id }' : `model { latestVersion { ${nested(depth - 2)} } }`;
}

const aliases = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}: id`).join(' ');

describe('the size of an operation', () => {
  it('is counted with the fragments put in, at no cost of its own', async () => {
    const started = performance.now();
    const { status, data, errors } = await gateway.query(doubling(40));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(status).toBe(400);
    expect(data).toBeNull();
    expect(errors).toMatchObject(costExceeded(/more than 2000 fields.*Ask for less/));
  });

  it('may have 2000 fields and no more, in fragments of any kind', async () => {
    const document = (more: string) =>
      `{ registries { ...R ...R ...R ...R ... { id kind ${more} } } } fragment R on Registry { ${aliases(499)} }`;
    const within = await gateway.query(document('displayName'));
    expect(within.errors).toEqual([]);
    const beyond = await gateway.query(document('displayName labels { key }'));
    expect(beyond.errors).toMatchObject(costExceeded(/2000 fields/));
  });

  it('may be 20 levels deep and no more', async () => {
    const document = (depth: number) => `{ modelVersion(id: "east/churn/1") { ${nested(depth - 1)} } }`;
    expect((await gateway.query(document(20))).errors).toEqual([]);
    expect((await gateway.query(document(21))).errors).toMatchObject(costExceeded(/deeper than 20 levels/));
  });

  it('is measured in every operation of a document', async () => {
    const small = 'query A { registries { id } }';
    const large = `query B { registries { ${'...R '.repeat(5)} } } fragment R on Registry { ${aliases(500)} }`;
    const { errors } = await gateway.query(`${small} ${large}`);
    expect(errors).toMatchObject(costExceeded(/2000 fields/));
  });

  it('lets tools ask for the schema', async () => {
    const { data, errors } = await gateway.query(
      getIntrospectionQuery({
        specifiedByUrl: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    );
    expect(errors).toEqual([]);
    expect(data.__schema.queryType.name).toBe('Query');
  });

  it('does not run forever on fragments that hold themselves', async () => {
    const { errors } = await gateway.query(
      '{ model(id: "east/churn") { ...A } } fragment A on Model { id ...B } fragment B on Model { name ...A }',
    );
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/Cannot spread fragment "A" within itself/),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('the mutations of a document', () => {
  const fields = (count: number, from = 0) =>
    Array.from(
      { length: count },
      (_, index) =>
        `m${from + index}: createModel(input: {registryId: "east", name: "many-${from + index}"}) { modelId }`,
    ).join(' ');

  it('are 20 at most, however they are put in', async () => {
    const refused = [
      `mutation { ${fields(21)} }`,
      `mutation { ...M ... { ${fields(1)} } } fragment M on Mutation { ${fields(20, 1)} }`,
    ];
    for (const document of refused) {
      expect((await gateway.query(document)).errors).toMatchObject(costExceeded(/more than 20 mutations.*several/));
    }
    const { data } = await gateway.query('{ models(filter: {name: {contains: "many"}}) { nodes { id } } }');
    expect(data.models.nodes).toEqual([]);
    expect((await gateway.query(`mutation { ${fields(20)} }`)).errors).toEqual([]);
  });

  it('are counted at no cost of its own', async () => {
    const doubled = Array.from({ length: 40 }, (_, n) => `fragment D${n} on Mutation { ...D${n + 1} ...D${n + 1} }`);
    const started = performance.now();
    await gateway.query(`mutation { ...D0 } ${doubled.join(' ')} fragment D40 on Mutation { ...Gone }`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('a DateTime', () => {
  const createdAfter = (time: string) =>
    gateway.query(`{ models(filter: {createdAfter: "${time}"}) { nodes { id } } }`);

  it.each(['9999-12-31T23:59:59-14:00', '9999-12-31T24:00:00Z', '0000-01-01T00:00:00+00:01'])(
    '%s is in no year of four digits',
    async (time) => {
      const { errors } = await createdAfter(time);
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/RFC 3339/), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    },
  );

  it.each(['9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59+14:00'])(
    '%s is in one',
    async (time) => {
      expect((await createdAfter(time)).errors).toEqual([]);
    },
  );
});

describe('what an operation reads of the ledger', () => {
  const STATUSES = Array.from({ length: 200 }, () => 'PENDING' as const);
  const times = (count: number, field: string) =>
    `{ ${Array.from({ length: count }, (_, index) => `f${index}: ${field}`).join(' ')} }`;

  it.each([
    ['chains', 'modelVersions(first: 200) { nodes { latestApproval { id } } }', 200],
    [
      'indexes',
      `modelApprovals(filter: {modelVersionIds: [${STATUSES.map((_, index) => `"east/churn/${index + 1}"`)}]}) { nodes { id } }`,
      1,
    ],
  ])('is bounded: beyond a thousand %s a field is COST_EXCEEDED', async (_, field, missing) => {
    await using many = await startGateway([await sampleRegistry('east', [{ name: 'churn', statuses: STATUSES }])]);
    expect((await many.query(times(5, field))).errors).toEqual([]);
    const { errors } = await many.query(times(6, field));
    expect(errors).toHaveLength(missing);
    expect(errors.slice(0, 1)).toMatchObject(costExceeded(/more than 1000 things of the ledger/));
  });
});
