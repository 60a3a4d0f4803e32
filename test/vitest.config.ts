import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { AWS_CREDENTIALS } from '../sandbox/engines/aws.js';
import { excludedTests } from './support/registries.mjs';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // Dependencies get the CommonJS build from Node; without this our sources would get the other one, and graphql refuses to meet itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...excludedTests],
    globalSetup: ['test/support/global-setup.ts'],
    // What the default credential chain finds; the emulator takes any key.
    env: { AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.secretAccessKey },
    // Most of the time a test waits for an engine: as many files at once as there are cores, and not one fewer.
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
