import { describe, vi } from 'vitest';
import { describeLedger } from '../conformance/governance-ledger-suite.js';
import { describeGovernanceStore } from '../conformance/governance-store-suite.js';
import { engines } from '../support/engines.js';
import { governanceTableHarness } from '../support/fixtures/governance/dynamodb.js';

// moto reads all items of the table anew for every Query.
vi.setConfig({ testTimeout: 120_000 });

const { aws } = engines();

if (aws === null) describe.skip('governance store on moto: REGISTRIES leaves the engine out');
else {
  describeGovernanceStore('moto', governanceTableHarness(aws, 'account'));
  describeLedger('moto', governanceTableHarness(aws, 'account'));
}
