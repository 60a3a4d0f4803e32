import { describeGovernanceStore } from '../conformance/governance-store-suite.js';
import { sqliteHarness } from '../support/fixtures/governance/sqlite.js';

describeGovernanceStore('SQLite', sqliteHarness);
