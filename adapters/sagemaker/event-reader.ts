import type { ChangeHint } from '../../src/domain/change-source.js';
import { UnexpectedUpstreamError } from '../../src/domain/errors.js';
import { quote } from '../../src/domain/refs.js';
import type { CallSite } from './errors.js';
import { readMessage } from './event.js';
import { hintsOf } from './event-hints.js';
import type { EventOwners } from './event-owners.js';
import type { QueueMessage } from './queue.js';

export interface QueueReader {
  /**
   * The hints of a message; empty for what no registry shows, and null for what is no event.
   * @throws What `EventOwners.of` throws.
   */
  read(message: QueueMessage, signal: AbortSignal): Promise<readonly ChangeHint[] | null>;
}

/** How many strangers are remembered, so that each is told of once. */
const STRANGERS_MAX = 1000;

export function createQueueReader(owners: EventOwners, report: (problem: Error) => void, site: CallSite): QueueReader {
  const strangers = new Set<string>();

  const tell = (text: string) => report(new UnexpectedUpstreamError(text, site));
  const tellOnce = (stranger: string, text: string) => {
    if (strangers.has(stranger)) return;
    if (strangers.size < STRANGERS_MAX) strangers.add(stranger);
    tell(`The queue gets events of ${stranger}, ${text}`);
  };

  return {
    async read({ id, body, deliveries }, signal) {
      const read = readMessage(body);
      if (read.kind === 'unreadable') {
        if (deliveries === 1) tell(`Message ${id} of the queue ${read.reason}: ${quote(body)}`);
        return null;
      }
      if (read.kind === 'other') {
        tellOnce(quote(read.source), 'which say nothing of models. Let its rules match aws.sagemaker alone.');
        return [];
      }
      const { account, region } = read.event;
      const found = await owners.of(account, region, signal);
      if (found.length === 0) {
        const place = `account ${quote(account)} in ${quote(region)}`;
        tellOnce(
          place,
          'which no registry shows that has this queue in its options. Give it to that registry, or change the rule.',
        );
      }
      return hintsOf(read.event, found, id);
    },
  };
}
