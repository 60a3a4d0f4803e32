import { defineConfig } from 'vitest/config';
import { excludedTests } from './support/registries.mjs';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // Dependencies get the CommonJS build from Node; without this our sources would get the other one, and graphql refuses to meet itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...excludedTests],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
