import { describe } from 'vitest';
import { describeFollowing } from './journal-following.js';
import { describeGuards } from './journal-guards.js';
import type { OpenJournal } from './journal-harness.js';
import { describeLeases } from './journal-leases.js';
import { describeReading } from './journal-reading.js';
import { describeSideStores } from './journal-side-stores.js';
import { describeTrimming } from './journal-trimming.js';
import { describeWriting } from './journal-writing.js';

/** The contract of a journal, on a real engine. */
export function describeJournal(name: string, open: OpenJournal): void {
  describe(`journal: ${name}`, () => {
    describe('writing', () => describeWriting(open));
    describe('who may write', () => describeGuards(open));
    describe('leases', () => describeLeases(open));
    describe('reading', () => describeReading(open));
    describe('following', () => describeFollowing(open));
    describe('trimming', () => describeTrimming(open));
    describe('beside the stream', () => describeSideStores(open));
  });
}
