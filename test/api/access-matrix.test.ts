import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../schema/index.js';
import type { Action, RegistryRole } from '../../src/domain/access.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { bearer, type GraphQLAnswer, memoryRegistryOf, startGateway, type TestGateway } from '../support/gateway.js';
import { type Outcome, ROOT_FIELDS, type RootField, type Target } from './access-root-fields.js';
import { put, readEvents, type ServerSentEvent, statusChange } from './stream-support.js';

// Every root field, asked by everybody who could ask: nobody, somebody without a role, and each role in each scope. What must come of it follows
// from three small tables that know nothing of the code: what a role may, what a scope covers, what a field needs.

const ROLES: Readonly<Record<RegistryRole, readonly Action[]>> = {
  VIEWER: ['VIEW'],
  CONTRIBUTOR: ['VIEW', 'CONTRIBUTE'],
  APPROVER: ['VIEW', 'DECIDE'],
  ADMIN: ['VIEW', 'CONTRIBUTE', 'DECIDE', 'ADMINISTER'],
};

interface Scope {
  readonly config: { readonly registries?: readonly string[]; readonly models?: readonly string[] };
  /** Whether anything of the target's registry is in it. */
  readonly registry: boolean;
  readonly model: boolean;
}

const SCOPES: Readonly<Record<string, Scope>> = {
  everything: { config: {}, registry: true, model: true },
  'its registry': { config: { registries: ['here'] }, registry: true, model: true },
  'another registry': { config: { registries: ['there'] }, registry: false, model: false },
  'models of its name': { config: { models: ['target-*'] }, registry: true, model: true },
  'models of another name': { config: { models: ['other-*'] }, registry: true, model: false },
};

interface Asker {
  readonly name: string;
  /** Undefined: shows nothing. */
  readonly keyId: string | undefined;
  readonly may: readonly Action[];
  readonly scope: Scope | undefined;
}

const ASKERS: readonly Asker[] = [
  { name: 'nobody', keyId: undefined, may: [], scope: undefined },
  { name: 'somebody without a role', keyId: 'no-role', may: [], scope: undefined },
  ...Object.entries(ROLES).flatMap(([role, may], row) =>
    Object.entries(SCOPES).map(([title, scope], column) => ({
      name: `${role} of ${title}`,
      keyId: `k-${row}-${column}`,
      may,
      scope,
    })),
  ),
];

const ADMIN = `k-${Object.keys(ROLES).indexOf('ADMIN')}-${Object.keys(SCOPES).indexOf('everything')}`;
const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };
const keyOf = (id: string) => `rgk_${createHash('sha256').update(id).digest('hex')}`;
const hashOf = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

let here: RegistryAdapter;
let gateway: TestGateway;
let shared: Target;
let made = 0;

beforeAll(async () => {
  here = memoryRegistryOf('here').adapter;
  shared = await makeTarget();
  const keyIds = ASKERS.flatMap(({ keyId }) => keyId ?? []);
  const grants = Object.keys(ROLES).flatMap((role, row) =>
    Object.values(SCOPES).map(({ config }, column) => ({
      role: role.toLowerCase(),
      to: { apiKeys: [`k-${row}-${column}`] },
      ...config,
    })),
  );
  const journal = createMemoryJournal();
  const { registryId, model, version } = shared;
  await put(journal, statusChange(model, { registryId, model: { registryId, name: model }, version }));
  gateway = await startGateway([here, memoryRegistryOf('there').adapter], {
    createJournal: () => journal,
    access: { apiKeys: keyIds.map((id) => ({ id, hash: hashOf(keyOf(id)) })), grants },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function makeTarget(): Promise<Target> {
  made += 1;
  const model = `target-${made}`;
  await here.createModel({ name: model }, call);
  const artifacts = [{ uri: `s3://models/${model}` }];
  const { ref, nativeId } = await here.registerVersion({ model: { registryId: 'here', name: model }, artifacts }, call);
  return { registryId: 'here', model, version: ref.version, nativeId };
}

/** Undefined: turned away at the door. */
function expected({ needs, about, over = about }: RootField, { keyId, may, scope }: Asker): Outcome | undefined {
  if (keyId === undefined) return undefined;
  if (needs === null) return 'done';
  if (scope?.[about] !== true) return 'absent';
  return may.includes(needs) && scope[over] ? 'done' : 'forbidden';
}

const prepared = new Set<string>();

/** As the admin of everything, once for each target. */
async function prepare({ after }: RootField, target: Target): Promise<void> {
  const before = after === undefined ? undefined : ROOT_FIELDS[after];
  if (before === undefined || prepared.has(`${after} ${target.model}`)) return;
  prepared.add(`${after} ${target.model}`);
  const answer = await gateway.query(before.document, before.variables(target), bearer(keyOf(ADMIN)));
  expect(before.outcome(answer, target)).toBe('done');
}

async function outcome(field: RootField, { keyId }: Asker): Promise<Outcome | undefined> {
  const target = field.changes ? await makeTarget() : shared;
  await prepare(field, target);
  const before = await stateOf(target);
  const headers = keyId === undefined ? {} : bearer(keyOf(keyId));
  const answer = await (field.streams ? firstItem : gateway.query)(field.document, field.variables(target), headers);
  const came = answer.status === 401 ? undefined : field.outcome(answer, target);
  // What is refused leaves no trace, and what is done leaves one.
  expect((await stateOf(target)) !== before).toBe(field.changes === true && came === 'done' && isReal(field));
  return came;
}

/** What a stream answers with, as if that were all of it. */
async function firstItem(
  query: string,
  variables: Record<string, unknown>,
  headers: Readonly<Record<string, string>>,
): Promise<GraphQLAnswer> {
  using reader = await readEvents(gateway.url, { query, variables }, headers);
  const { status, headers: sent } = reader.response;
  if (status !== 200) return { status, headers: sent, data: null, errors: [] };
  const isItem = ({ event }: ServerSentEvent) => event === 'next';
  const item = (await reader.events.until((all) => all.some(isItem))).find(isItem);
  return { status, headers: sent, data: null, errors: [], ...item?.data };
}

/** A clean-up is dry unless it is told otherwise. */
function isReal({ document }: RootField): boolean {
  return !document.includes('deleteModelVersions(');
}

/** All that a root field could change of the registry. */
async function stateOf({ registryId, model }: Target): Promise<string> {
  const order = { field: 'NUMBER', direction: 'ASC' } as const;
  const models = await here.getModels(
    [model, `${model}-new`].map((name) => ({ registryId, name })),
    call,
  );
  const versions = await here.listVersions({ model: { registryId, name: model }, order, limit: 200 }, call);
  return JSON.stringify([models, versions.items]);
}

describe('who may do what, in every root field', () => {
  it('has an entry for each root field of the schema, and none for others', () => {
    const schema = buildGatewaySchema();
    const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = types.flatMap((type) =>
      Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
    );
    expect(Object.keys(ROOT_FIELDS).toSorted()).toEqual(fields.toSorted());
  });

  it.each(Object.entries(ROOT_FIELDS))('%s', async (_, field) => {
    const wrong: string[] = [];
    for (const asker of ASKERS) {
      const [came, due] = [await outcome(field, asker), expected(field, asker)];
      if (came !== due) wrong.push(`${asker.name}: ${came ?? 'turned away'} instead of ${due ?? 'turned away'}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is so many cells', () => {
    const fields = Object.keys(ROOT_FIELDS).length;
    process.stdout.write(
      `access matrix: ${fields} root fields × ${ASKERS.length} askers = ${fields * ASKERS.length}\n`,
    );
    expect(ASKERS).toHaveLength(2 + 4 * 5);
  });
});
