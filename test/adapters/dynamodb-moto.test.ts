import { describe, vi } from 'vitest';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { engines } from '../support/engines.js';
import { dynamoDbHarness } from '../support/fixtures/dynamodb/harness.js';
import { describeTable } from '../support/fixtures/dynamodb/table-cases.js';
import { describeTableWrites } from '../support/fixtures/dynamodb/write-cases.js';

// moto sorts all items of the table anew for every Query: with 1,200 of them a page takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const { aws } = engines();

if (aws === null) describe.skip('dynamodb on moto: REGISTRIES leaves the engine out');
else {
  describeRegistryAdapter('dynamodb on moto', dynamoDbHarness(aws, 'account'));
  describeTable('dynamodb on moto, beneath the contract', aws);
  describeTableWrites('dynamodb on moto, written to', aws);
}
