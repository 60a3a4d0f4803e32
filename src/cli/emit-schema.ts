import { printSchema } from 'graphql';
import { buildGatewaySchema } from '../../schema/index.js';
import { emitFile } from './emit-file.js';

process.exitCode = await emitFile('schema/schema.graphql', `${printSchema(buildGatewaySchema())}\n`);
