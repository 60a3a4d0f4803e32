import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import { openDesk, type Person, temporaryFolder } from './support.js';

const MODELS = ['churn', 'secret'].map((name) => ({ name, statuses: ['PENDING'] as const }));
const SECRET = "where version_id = 'east/secret/1'";

describe('a list of approvals with an entry that cannot be read', () => {
  it.each([
    ['what is no JSON', `update decisions set entry = 'east/secret/1' ${SECRET}`, 'east/secret/1'],
    [
      'a body of no version',
      `update decisions set entry = '{"body":{"versionId":"secret"}}' ${SECRET}`,
      'east/secret/1',
    ],
    ['an empty body', `update decisions set entry = '{"body":{}}' ${SECRET}`, 'east/secret/1'],
    ['a place that is no version', `update decisions set version_id = 'the secret' ${SECRET}`, 'the secret'],
  ])('for %s is the fault of the ledger, and names it to those alone who see everything', async (_, sql, place) => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'governance.sqlite');
    await using desk = await openDesk({ models: MODELS, createStore: () => createSqliteStore({ file }) });
    for (const { name } of MODELS) {
      const modelVersionId = `east/${name}/1`;
      const { error } = await desk.mutate('ana', 'rejectModelVersion', { modelVersionId, expectedStatus: 'PENDING' });
      expect(error).toBeUndefined();
    }
    const db = new DatabaseSync(file, { timeout: 1000 });
    db.exec('drop trigger decisions_no_update');
    db.exec(sql);
    db.close();

    const list = async (person: Person) => {
      const { errors } = await desk.ask(person, '{ modelApprovals { nodes { id } } }');
      expect(errors).toMatchObject([{ extensions: { code: 'LEDGER_UNAVAILABLE', retryable: false } }]);
      return JSON.stringify(errors);
    };
    expect(await list('vera')).toContain(`approval:${place}/`);
    expect(await list('churner')).not.toContain('secret');
  });

  it('leaves those that do not hold it', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'governance.sqlite');
    await using desk = await openDesk({ models: MODELS, createStore: () => createSqliteStore({ file }) });
    for (const { name } of MODELS) {
      await desk.mutate('ana', 'rejectModelVersion', { modelVersionId: `east/${name}/1`, expectedStatus: 'PENDING' });
    }
    const db = new DatabaseSync(file, { timeout: 1000 });
    db.exec('drop trigger decisions_no_update');
    db.exec(`update decisions set entry = 'nothing' ${SECRET}`);
    db.close();
    const { data, errors } = await desk.ask(
      'churner',
      '{ modelApprovals(filter: { modelIds: ["east/churn"] }) { nodes { modelVersionId } } }',
    );
    expect(errors).toEqual([]);
    expect(data.modelApprovals.nodes).toEqual([{ modelVersionId: 'east/churn/1' }]);
  });
});
