import { setTimeout as sleep } from 'node:timers/promises';
import {
  comparePositions,
  type Journal,
  type JournalHead,
  type JournalPage,
  JournalUnavailableError,
} from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { ChangeTail } from './change-tail.js';
import type { Cohort } from './cohort.js';
import { gapItem, placeAfterGap } from './gap-item.js';
import { Outbox, type StreamSink } from './outbox.js';
import type { SharedItem } from './shared-items.js';

/** Where a stream begins. */
export interface StreamStart {
  /** The cursor as the client gave it; null: from now on. */
  readonly cursor: string | null;
  /** Where that is; null where nobody can tell any more. */
  readonly place: JournalHead | null;
}

/** What all streams of a replica work with. */
export interface StreamSources {
  readonly journal: Pick<Journal, 'read'>;
  readonly tail: ChangeTail;
  readonly cursors: JournalCursors;
  readonly now: () => number;
  /** What may wait for a client, in bytes. */
  readonly maxWaitingBytes: number;
  /** Told of what should not happen, for the log. */
  readonly report: (error: unknown) => void;
}

/** Entries that are read at once. */
const PAGE = 200;
/** Items that may wait for a live stream; one more, and it reads on from the journal when these are sent. */
const WAITING_MAX = 3000;
const RETRY_MS = 1000;

/**
 * One listener. It reads the journal until it has come as near as what the tail has at hand, takes the rest from there and is live, all without a
 * hole and without a double, and goes back to reading whenever the tail does not lead on.
 */
export class ChangeStream<R> {
  #mode: 'READING' | 'LIVE' | 'ENDED' = 'READING';
  readonly #ended = new AbortController();
  readonly #outbox: Outbox<R>;
  /** While it reads: through here, whatever matches was put into the queue. Null: nowhere yet. */
  #reached: JournalHead | null;
  /** Where the last item that was sent goes on. */
  #sent: StreamStart;

  constructor(
    private readonly cohort: Cohort<R>,
    private readonly sources: StreamSources,
    sink: StreamSink<R>,
    private readonly start: StreamStart,
  ) {
    this.#outbox = new Outbox(sink, sources.maxWaitingBytes, ({ cursor, place }) => {
      this.#sent = { cursor, place };
    });
    this.#reached = start.place;
    this.#sent = start;
    if (start.cursor !== null) this.#offer(cohort.items.checkpointAt(start.cursor, start.place));
    void this.#read();
  }

  /** Goes on after the last item that was sent. */
  get place(): StreamStart {
    return this.#sent;
  }

  end(): void {
    if (this.#mode === 'ENDED') return;
    this.#mode = 'ENDED';
    this.cohort.leave(this);
    this.#outbox.close();
    this.#ended.abort();
  }

  /** The last word: a checkpoint where the stream stands. Null where it has not begun. */
  async last(): Promise<R | null> {
    const { cursor } = this.#sent;
    const at = new Date(this.sources.now()).toISOString();
    return cursor === null ? null : this.cohort.sharing.render({ kind: 'CHECKPOINT', cursor, at });
  }

  /** What the tail tells. */
  hear(items: readonly SharedItem<R>[]): void {
    for (const item of items) if (this.#mode === 'LIVE') this.#offer(item);
  }

  /** The tail does not lead on from what it had told. */
  restart(heard: JournalHead | null): void {
    if (this.#mode === 'LIVE') this.#readFrom(heard);
  }

  checkpoint(): void {
    const at = this.#mode === 'LIVE' ? this.sources.tail.place : this.#reached;
    if (at !== null) this.#offer(this.cohort.items.checkpoint(at));
  }

  async #read(): Promise<void> {
    while (this.#mode === 'READING') {
      try {
        await this.#outbox.empty();
        if (this.#isOver() || this.#goLive()) return;
        await this.#readPage();
      } catch (error) {
        if (this.#isOver()) return;
        this.sources.report(error);
        await this.#pause();
      }
    }
  }

  #isOver(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Takes the rest from the tail, and is live with it: nothing can come in between. */
  #goLive(): boolean {
    const { tail } = this.sources;
    if (tail.place === null) return false;
    this.#reached ??= this.#begin(tail.place);
    const missed = tail.since(this.#reached);
    if (missed === null) return false;
    this.#mode = 'LIVE';
    this.hear(this.cohort.matching(missed));
    return true;
  }

  /** From now on: because nothing else was asked for, or because what was asked for cannot be told any more. */
  #begin(place: JournalHead): JournalHead {
    if (this.start.cursor === null) this.#offer(this.cohort.items.checkpoint(place));
    else this.#offer(this.cohort.items.gap(gapItem('KEY', null, place, this.sources), place));
    return place;
  }

  async #readPage(): Promise<void> {
    const { journal, tail } = this.sources;
    const asked = this.#reached;
    if (asked === null) return this.#pause();
    let page: JournalPage;
    try {
      page = await journal.read({ epoch: asked.epoch, after: asked.position, limit: PAGE });
    } catch (error) {
      if (!(error instanceof JournalUnavailableError)) throw error;
      return this.#pause();
    }
    // This replica has yet to hear that the journal began anew; until then nothing could be told of it.
    if (tail.place?.epoch !== page.head.epoch) return this.#pause();
    if (page.gap !== null) {
      const place = placeAfterGap(asked, { gap: page.gap, head: page.head });
      this.#offer(this.cohort.items.gap(gapItem(page.gap.reason, asked, place, this.sources), place));
      this.#reached = place;
      return;
    }
    this.#reached = this.#take(page, asked, tail.place);
    // Another replica has told more than this one has heard: what comes is what comes after.
    if (comparePositions(asked.position, tail.place.position) > 0) await this.#pause();
  }

  /** Takes what the replica has heard of: whoever is told and looks must see it. @returns Through where that is. */
  #take({ entries, hasMore, head }: JournalPage, asked: JournalHead, heard: JournalHead): JournalHead {
    const { epoch } = heard;
    const known = entries.filter(({ position }) => comparePositions(position, heard.position) <= 0);
    const changes = known.flatMap(({ position, change }) =>
      change === null ? [] : [{ place: { epoch, position }, change }],
    );
    for (const item of this.cohort.matching(changes)) this.#offer(item);
    const isAll = known.length < entries.length || !hasMore;
    const position = isAll ? earlier(head.position, heard.position) : known.at(-1)?.position;
    return position !== undefined && comparePositions(position, asked.position) > 0 ? { epoch, position } : asked;
  }

  #offer(item: SharedItem<R>): void {
    if (this.#mode === 'ENDED') return;
    if (this.#mode === 'LIVE' && this.#outbox.length >= WAITING_MAX) {
      this.#outbox.worry();
      this.#readFrom(this.#outbox.last?.place ?? null);
      return;
    }
    this.#outbox.put(item);
  }

  #readFrom(place: JournalHead | null): void {
    this.#mode = 'READING';
    this.#reached = place;
    void this.#read();
  }

  /** Until the tail moves or it is time to try again. */
  async #pause(): Promise<void> {
    const waited = new AbortController();
    const signal = AbortSignal.any([this.#ended.signal, waited.signal]);
    await Promise.race([this.sources.tail.moved(), sleep(RETRY_MS, undefined, { signal }).catch(() => {})]);
    waited.abort();
  }
}

function earlier(a: string, b: string): string {
  return comparePositions(a, b) <= 0 ? a : b;
}
