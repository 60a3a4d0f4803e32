import { describe } from 'vitest';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { engines } from '../support/engines.js';
import { openMlflow } from '../support/mlflow-registry.js';

const { mlflow } = engines();
const url = mlflow?.url ?? '';

const ODD_NAMES = [
  'with space',
  ' leading and trailing ',
  "it's",
  'double "quotes"',
  'both \' and "',
  'per%cent',
  'under_score',
  'back\\slash',
  'ends in backslash\\',
  "backslash and quote\\'",
  'Ünïcödé-模型',
  'emoji-😀',
  'private-\ue000',
  '`tick`',
  '&x=1+2=3',
  'a@b',
  'name; -- comment',
  "', 'x') OR (1=1",
  'line\nbreak',
  '__proto__',
];

describe.skipIf(mlflow === null)('MLflow (left out by REGISTRIES)', () => {
  describeRegistryAdapter('mlflow', { oddNames: ODD_NAMES, timestampPrecisionMs: 1, open: () => openMlflow(url) });
});
