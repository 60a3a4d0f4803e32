import type { Writable } from 'node:stream';

/** Says whether there is room for more: null, or what resolves once there is, or once it does not matter any more. */
export function createRoom(stream: Writable): () => Promise<void> | null {
  let waiting: Promise<void> | null = null;
  return () => {
    if (!stream.writableNeedDrain || stream.destroyed) return null;
    waiting ??= new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done).off('close', done);
        waiting = null;
        resolve();
      };
      stream.once('drain', done).once('close', done);
    });
    return waiting;
  };
}
