import type { GraphQLContext } from '../../src/context.js';

/** Made where it is selected; the write is done by then. */
export function cursorAfterWrite(context: GraphQLContext): () => Promise<string | null> {
  return () => context.changes.cursorAfterWrite();
}
