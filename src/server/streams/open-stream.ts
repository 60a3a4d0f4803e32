import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import type { ChangeStream } from '../../changes/change-stream.js';
import type { StreamSink } from '../../changes/outbox.js';
import { type Caller, visibilityOf } from '../../domain/access.js';
import type { OperationRequest } from './operation-request.js';
import type { Rendered } from './rendered.js';
import type { SubscriptionDocument } from './stream-document.js';
import type { Subscriptions } from './subscriptions.js';

/** One subscription of one client, for as long as it is the same to the client: who it is may change meanwhile. */
export interface OpenStream {
  /** Of the last item that was sent; null before the first. */
  readonly cursor: string | null;
  /** Goes on for a caller who sees something else. @returns Why it cannot. */
  admit(caller: Caller): Promise<readonly GraphQLFormattedError[] | null>;
  /** Sends nothing more. */
  end(): void;
  /** Sends nothing more but where it stands. */
  endWithCursor(): Promise<void>;
}

/** How long the last word may take: a client that is sent away has its cursors anyway. */
const LAST_WORD_MS = 1000;

export async function openStream(
  subscriptions: Subscriptions,
  document: SubscriptionDocument,
  request: Pick<OperationRequest, 'variables'>,
  listener: { readonly requestId: string; readonly caller: Caller; readonly after: string | undefined },
  sink: StreamSink<Rendered>,
): Promise<OpenStream | readonly GraphQLFormattedError[]> {
  const opened = await subscriptions.open(document, request, listener, sink);
  if (!('place' in opened)) return opened;
  let stream: ChangeStream<Rendered> = opened;
  let visibility = JSON.stringify(visibilityOf(listener.caller));
  let hasEnded = false;

  const end = () => {
    hasEnded = true;
    stream.end();
  };
  return {
    get cursor() {
      return stream.place.cursor;
    },
    async admit(caller) {
      const seen = JSON.stringify(visibilityOf(caller));
      if (seen === visibility) return null;
      stream.end();
      const after = stream.place.cursor ?? undefined;
      const again = await subscriptions.open(document, request, { ...listener, caller, after }, sink);
      if (!('place' in again)) return again;
      [stream, visibility] = [again, seen];
      if (hasEnded) stream.end();
      return null;
    },
    end,
    async endWithCursor() {
      end();
      const last = await Promise.race([stream.last(), sleep(LAST_WORD_MS, null, { ref: false })]);
      if (last !== null) sink.send(last, last.cursor);
    },
  };
}
