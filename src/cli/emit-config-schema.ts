import { emitConfigSchema } from '../app.js';
import { configReference } from '../config/config-reference.js';
import { emitFile } from './emit-file.js';

const schema = emitConfigSchema();
const exitCodes = [
  await emitFile('docs/registrar.schema.json', `${JSON.stringify(schema, null, 2)}\n`),
  await emitFile('docs/configuration.md', configReference(schema)),
];
process.exitCode = Math.max(...exitCodes);
