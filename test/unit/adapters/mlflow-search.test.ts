import { describe, expect, it } from 'vitest';
import type { MlflowClient } from '../../../adapters/mlflow/client.js';
import { mlflowOptions } from '../../../adapters/mlflow/index.js';
import { getLatestVersions } from '../../../adapters/mlflow/latest.js';
import { listModels } from '../../../adapters/mlflow/list.js';
import type { Search } from '../../../adapters/mlflow/search.js';
import { createSession } from '../../../adapters/mlflow/session.js';
import { wireModel, wireVersion } from '../../../adapters/mlflow/wire.js';
import { writeCalls } from '../../../adapters/mlflow/write-calls.js';
import { CostExceededError } from '../../../src/domain/errors.js';
import { compareUtf8 } from '../../../src/domain/model.js';

// Servers that cannot be had here: on a database with another collation, and with more versions than a test can make.

const options = mlflowOptions.parse({ url: 'http://127.0.0.1:5000', pageSize: 50 });
const call = { registryId: 'ml', operation: 'test', signal: new AbortController().signal };

function sessionOver(calls: Pick<Partial<MlflowClient>, 'searchModels' | 'searchVersions'>) {
  const refuse = () => Promise.reject(new Error('This call was not expected.'));
  const close = async () => {};
  return createSession('ml', options, {
    ...writeCalls({ send: refuse, ask: refuse, [Symbol.asyncDispose]: close }),
    searchModels: refuse,
    searchVersions: refuse,
    getModel: refuse,
    getVersion: refuse,
    getVersionByAlias: refuse,
    getRun: refuse,
    getLoggedModel: refuse,
    serverVersion: refuse,
    findWorkspace: refuse,
    [Symbol.asyncDispose]: close,
    ...calls,
  });
}

describe('models on a database that sorts names in its own way', () => {
  const names = Array.from({ length: 130 }, (_, index) => `${index % 3 === 0 ? 'M' : 'm'}odel-${1000 + index}`);
  const sorted = names.toSorted((a, b) => a.toLowerCase().localeCompare(b.toLowerCase()));

  it.each(['ASC', 'DESC'] as const)('come in the order of their bytes all the same, %s', async (direction) => {
    const rows = direction === 'ASC' ? sorted : sorted.toReversed();
    const session = sessionOver({
      searchModels: async ({ limit, offset = 0 }: Search) => ({
        items: rows.slice(offset, offset + limit).map((name) => wireModel.parse({ name })),
        hasMore: rows.length > offset + limit,
        end: Math.min(rows.length, offset + limit),
      }),
    });
    const read: string[] = [];
    for (;;) {
      const last = read.at(-1);
      const after = last === undefined ? {} : { after: { anchor: { name: last }, hint: String(read.length) } };
      const page = await listModels(session, { order: { field: 'NAME', direction }, limit: 40, ...after }, call);
      read.push(...page.items.map((model) => model.ref.name));
      if (!page.hasMore) break;
    }
    const expected = names.toSorted(compareUtf8);
    expect(read).toEqual(direction === 'ASC' ? expected : expected.toReversed());
    expect(session.learned.nameOrder).toBe('other');
  });
});

describe('the latest version of a status', () => {
  it('costs a bounded number of calls, and says where that is not enough', async () => {
    const searches: Search[] = [];
    // Every model has more versions than any number of pages shows, none of them what is looked for.
    const searchVersions = async (search: Search) => {
      searches.push(search);
      const { offset = 0, limit } = search;
      const items = Array.from({ length: limit }, (_, index) =>
        wireVersion.parse({
          name: 'model-0',
          version: String(100_000 - offset - index),
          tags: [{ key: 'validation_status', value: 'not approved' }],
        }),
      );
      return { items, hasMore: true, end: offset + limit };
    };
    const refs = Array.from({ length: 30 }, (_, index) => ({ registryId: 'ml', name: `model-${index}` }));
    const answers = await getLatestVersions(sessionOver({ searchVersions }), refs, 'APPROVED', call);
    expect(searches.length).toBe(5 + 20);
    expect(answers.every((answer) => answer instanceof CostExceededError)).toBe(true);
  });
});
