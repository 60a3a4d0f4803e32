import { describeLedger } from '../conformance/governance-ledger-suite.js';
import { describeGovernanceStore } from '../conformance/governance-store-suite.js';
import { sqliteHarness } from '../support/fixtures/governance/sqlite.js';

describeGovernanceStore('SQLite', sqliteHarness);
describeLedger('SQLite', sqliteHarness);
