import type { SourceCheckpoints } from '../../src/domain/change-source.js';
import type { KnownProgress, Progress } from './stream-shards.js';

/** How far a stream was read, kept for whoever reads it next. */
export interface StreamPlaces {
  /** Null where nothing is known of this stream: it is another one than before, or the first. */
  load(): Promise<KnownProgress | null>;
  /** Says which shards there are, and forgets what was kept of others. */
  meet(progress: Progress): Promise<void>;
  /** @param place As `Progress` has it. */
  keep(shard: string, place: string): Promise<void>;
}

interface Met {
  readonly stream: string;
  readonly shards: readonly string[];
}

const MET = 'stream';

export function createStreamPlaces(checkpoints: SourceCheckpoints, stream: string): StreamPlaces {
  let before: Met | null = null;
  return {
    load: async () => {
      const kept = await checkpoints.get(MET);
      before = kept === null ? null : (JSON.parse(kept) as Met);
      if (before?.stream !== stream) return null;
      const known = new Map<string, string | null>();
      for (const shard of before.shards) known.set(shard, await checkpoints.get(keyOf(stream, shard)));
      return known;
    },
    meet: async (progress) => {
      const last = before ?? { stream, shards: [] };
      const wasMet = new Set(last.stream === stream ? last.shards : []);
      const fresh = [...progress].filter(([shard]) => !wasMet.has(shard));
      const gone = last.shards.filter((shard) => last.stream !== stream || !progress.has(shard));
      if (before?.stream === stream && fresh.length === 0 && gone.length === 0) return;
      for (const [shard, place] of fresh) {
        // "From now on" would be another place to the next reader.
        if (place !== 'LATEST') await checkpoints.set(keyOf(stream, shard), place);
      }
      before = { stream, shards: [...progress.keys()] };
      await checkpoints.set(MET, JSON.stringify(before));
      for (const shard of gone) await checkpoints.remove(keyOf(last.stream, shard));
    },
    keep: (shard, place) => checkpoints.set(keyOf(stream, shard), place),
  };
}

/** A stream that was switched on again has another label, and may name its shards as the one before. */
function keyOf(stream: string, shard: string): string {
  return `${stream.slice(stream.lastIndexOf('/') + 1)}/${shard}`;
}
