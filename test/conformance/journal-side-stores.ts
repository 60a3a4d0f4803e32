import { expect, it } from 'vitest';
import { JournalUnavailableError, type RegistryState } from '../../src/journal/journal.js';
import { append, write } from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

function at(minute: string): string {
  return `2026-11-20T12:${minute}:00.000Z`;
}

/** States of registries, marks, notes, and the end. */
export function describeSideStores(open: OpenJournal): void {
  it('shows the states of all registries with the head of that moment', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    expect(await journal.registries()).toEqual({ head: await journal.head(), states: new Map() });
    const lab = { completeThrough: at('10'), walkedAt: at('09'), highestModified: null };
    const prod = { completeThrough: at('20'), walkedAt: at('19'), highestModified: at('18') };
    await journal.setRegistryState('lab', lab, { epoch });
    await journal.setRegistryState('prod', prod, { epoch });
    await append(journal, write('a', 0));
    const { head, states } = await (await opened.another()).registries();
    expect(head).toEqual(await journal.head());
    expect(states).toEqual(
      new Map<string, RegistryState>([
        ['lab', lab],
        ['prod', prod],
      ]),
    );
  });

  it('never moves back how far a registry is complete', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    const set = async (state: RegistryState) => {
      await journal.setRegistryState('lab', state, { epoch });
      return (await journal.registries()).states.get('lab');
    };
    const state = { completeThrough: at('10'), walkedAt: at('09'), highestModified: null };
    const later = { completeThrough: at('11'), walkedAt: at('10'), highestModified: at('05') };
    expect(await set(state)).toEqual(state);
    expect(await set(later)).toEqual(later);
    expect(await set(state)).toEqual({ ...state, completeThrough: at('11') });
  });

  it('remembers marks for as long as it was told', async () => {
    await using opened = await open();
    const { journal } = opened;
    expect(await journal.seen([])).toEqual([]);
    await journal.mark([], 1000);
    const other = await opened.another();
    await journal.mark(['short', 'both'], 500);
    await journal.mark(['long "odd"\n模', 'both'], 60_000);
    const keys = ['short', 'never', 'long "odd"\n模', 'both'];
    expect(await other.seen(keys)).toEqual([true, false, true, true]);
    await opened.elapse(510);
    expect(await other.seen(keys)).toEqual([false, false, true, true]);
    await journal.trim({ maxAgeMs: 1, maxEntries: 0 });
    expect(await other.seen(keys)).toEqual([false, false, true, true]);
  });

  it('keeps notes', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    const { notes } = await opened.another();
    expect(await notes.get('shard 1')).toBeNull();
    await journal.notes.set('shard 1', '49590338271490256608559692538361571095921575989136588898', { epoch });
    await journal.notes.set('shard 2', '', { epoch });
    await journal.notes.set('shard 1', 'odd "text"\n模', { epoch });
    expect(await notes.get('shard 1')).toBe('odd "text"\n模');
    expect(await notes.get('shard 2')).toBe('');
    await notes.remove('shard 1');
    await notes.remove('never');
    expect(await journal.notes.get('shard 1')).toBeNull();
  });

  it('closes twice, ends who follows, and then refuses', async () => {
    await using opened = await open();
    const journal = await opened.another();
    const { epoch, position } = await journal.head();
    const { signal } = new AbortController();
    const follow = async () => {
      for await (const batch of journal.follow({ epoch, after: position }, signal)) expect(batch).toEqual([]);
    };
    const following = expect(follow()).rejects.toThrow(JournalUnavailableError);
    await journal[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    await following;
    await expect(journal.head()).rejects.toThrow(JournalUnavailableError);
    await expect(journal.append([write('a', 0)], { epoch })).rejects.toThrow(JournalUnavailableError);
    await expect(journal.leases.acquire('crawl', 'one', 100)).rejects.toThrow(JournalUnavailableError);
  });
}
