import { expect, it } from 'vitest';
import { seedMlflow } from '../../sandbox/seed/mlflow.js';
import { MLFLOW_MODELS } from '../../sandbox/seed/mlflow-models.js';
import { engines } from '../support/engines.js';
import { mlflowApi } from '../support/mlflow-registry.js';
import { withSeedLock } from '../support/seed-lock.js';

const { mlflow } = engines();
if (mlflow === null) throw new Error('This test needs the engines of a whole run.');

it('a seed that was cut off before its aliases is made whole by the next, and a moved alias stays where it is', async () => {
  const api = mlflowApi(mlflow.url);
  await withSeedLock(mlflow.url, () => seedMlflow(mlflow.url));
  const seeded = MLFLOW_MODELS.find(({ aliases, versions }) => Object.keys(aliases).length > 0 && versions.length > 1);
  const [[alias, version] = ['', 0]] = Object.entries(seeded?.aliases ?? {});
  const name = seeded?.name ?? '';
  const aliasNow = async () => {
    const { registered_model } = await api.call('GET', `/registered-models/get?name=${encodeURIComponent(name)}`);
    const { aliases = [] } = registered_model as { aliases?: { alias: string; version: string }[] };
    return aliases.find((candidate) => candidate.alias === alias)?.version;
  };

  await api.call('DELETE', '/registered-models/alias', { name, alias });
  await withSeedLock(mlflow.url, () => seedMlflow(mlflow.url));
  expect(await aliasNow()).toBe(String(version));

  const other = version === 1 ? '2' : '1';
  await api.call('POST', '/registered-models/alias', { name, alias, version: other });
  await withSeedLock(mlflow.url, () => seedMlflow(mlflow.url));
  expect(await aliasNow()).toBe(other);
  await api.call('POST', '/registered-models/alias', { name, alias, version: String(version) });
});
