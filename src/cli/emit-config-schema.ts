import { emitConfigSchema } from '../app.js';
import { emitFile } from './emit-file.js';

process.exitCode = await emitFile('docs/registrar.schema.json', `${JSON.stringify(emitConfigSchema(), null, 2)}\n`);
