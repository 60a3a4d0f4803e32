/** Why the gateway ends what a client has not ended. Whoever comes again goes on after its last cursor. */
export type StreamEnd = keyof typeof STREAM_ENDS;

/** `code` closes a WebSocket: clients come again by themselves after each of these. */
export const STREAM_ENDS = {
  GOING_AWAY: { code: 4205, text: 'The gateway goes away. Resume' },
  TOO_SLOW: { code: 4206, text: 'Too slow. Resume' },
  EXPIRED: { code: 4403, text: 'The credentials have expired. Resume' },
  REFUSED: { code: 4403, text: 'The credentials are not good any more. Resume' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly text: string }>>;

/** What fits into the close frame of a WebSocket. */
const REASON_MAX = 123;

/** @param cursor Of the only stream there is; null where there are several, or none. */
export function endText(end: StreamEnd, cursor: string | null): string {
  const { text } = STREAM_ENDS[end];
  const precise = `${text} after ${cursor}`;
  return cursor !== null && precise.length <= REASON_MAX ? precise : `${text} after the last cursor.`;
}
