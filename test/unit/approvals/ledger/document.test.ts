import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDING_CODES } from '../../../../src/approvals/ledger/verify-chain.js';
import { INDEXES, TABLE_KEYS, TTL_ATTRIBUTE } from '../../../../src/governance/dynamodb/layout.js';

const text = readFileSync('docs/ledger.md', 'utf8');

it('the document names every finding, and none that there is not', () => {
  const table = text.slice(text.indexOf('| code | means |'), text.indexOf('A chain with a finding'));
  const named = [...table.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code);
  expect(named.toSorted()).toEqual([...FINDING_CODES].toSorted());
});

it('the document has the layout of the table', () => {
  for (const [name, { hash, range }] of Object.entries(INDEXES)) {
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`\`${name}\` (\`${hash}\`, \`${range}\`)`);
  }
  for (const name of [TABLE_KEYS.hash, TABLE_KEYS.range, TTL_ATTRIBUTE]) expect(text).toContain(`\`${name}\``);
});
