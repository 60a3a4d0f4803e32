import { describe } from 'vitest';
import { describeLedger } from '../conformance/governance-ledger-suite.js';
import { describeGovernanceStore } from '../conformance/governance-store-suite.js';
import { engines } from '../support/engines.js';
import { governanceTableHarness } from '../support/fixtures/governance/dynamodb.js';

const { dynamodb } = engines();

if (dynamodb === null) describe.skip('governance store on DynamoDB Local: REGISTRIES leaves the engine out');
else {
  describeGovernanceStore('DynamoDB Local', governanceTableHarness(dynamodb, 'table'));
  describeLedger('DynamoDB Local', governanceTableHarness(dynamodb, 'table'));
}
