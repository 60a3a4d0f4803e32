import type { RegistryAdapter } from '../../../src/domain/registry.js';
import { withBreaker } from '../../../src/wrappers/with-breaker.js';
import { withBudget } from '../../../src/wrappers/with-budget.js';
import { withHealth } from '../../../src/wrappers/with-health.js';
import { withRetry } from '../../../src/wrappers/with-retry.js';
import { withTimeout } from '../../../src/wrappers/with-timeout.js';
import { describeRegistryAdapter } from '../../conformance/registry-suite.js';
import { memoryHarness, openMemory } from '../../support/memory-registry.js';

function wrapped(inner: RegistryAdapter): RegistryAdapter {
  const timed = withTimeout(inner, { list: 10_000, walk: 10_000, lookup: 10_000, write: 10_000 });
  const budgeted = withBudget(withRetry(timed), { concurrency: 16, maxWaiting: 256 });
  // The suite ends more calls in a row than a circuit stands.
  return withHealth(withBreaker(budgeted, { failures: 1000 })).adapter;
}

// A wrapper is a registry like the one inside: each call reaches it with what it was given, and its answer comes back.
describeRegistryAdapter('memory behind all wrappers', {
  ...memoryHarness,
  open: async () => {
    const opened = openMemory();
    const adapter = wrapped(opened.adapter);
    return { ...opened, adapter, through: () => adapter };
  },
});
