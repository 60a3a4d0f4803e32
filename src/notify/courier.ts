import { type Delivery, type DeliveryFailure, deliveryId } from '../domain/deliveries.js';
import { delayMs } from './backoff.js';
import type { WebhookEndpoint } from './endpoint.js';
import { type EndpointRecord, timestamp } from './endpoint-record.js';
import { createGate, type GateTimes } from './gate.js';
import { createLanes } from './lanes.js';
import { createPauses } from './pauses.js';
import { persist } from './persist.js';
import { isOfEndpoint, type Sender, type SendOutcome } from './send.js';
import type { Term } from './term.js';

export interface CourierOptions {
  readonly endpoint: WebhookEndpoint;
  readonly sender: Sender;
  readonly record: EndpointRecord;
  readonly gateTimes: GateTimes;
  readonly term: Term;
  /** Told of what no attempt may throw. */
  readonly failed: (error: unknown) => void;
}

/** Brings one endpoint what is pending for it: in order for each subject, and no subject waits for another. */
export interface Courier {
  /** How many wait or are under way. */
  readonly size: number;
  take(delivery: Delivery): void;
  /** Resolves once nothing is under way any more, after the term's end. */
  idle(): Promise<void>;
}

const DISABLED = { status: null, message: 'The endpoint has said that it is gone (410), and is disabled.' };

export function createCourier({ endpoint, sender, record, gateTimes, term, failed }: CourierOptions): Courier {
  const { store, ending, over, now, log } = term;
  const { retry } = endpoint;
  const gate = createGate(endpoint.concurrency, gateTimes);
  const pauses = createPauses();
  const wake = () => {
    pauses.endAll();
    gate.open();
  };
  ending.addEventListener('abort', wake, { once: true });

  const report = (error: unknown) =>
    log.warn({ webhook: endpoint.id, err: error }, 'what became of a delivery could not be kept yet');
  const keep = <T>(work: () => Promise<T>) => persist(work, over, report);

  /** Gives it up. */
  const bury = async (delivery: Delivery): Promise<null> => {
    if (!(await keep(() => store.move(delivery, 'PENDING', 'DEAD')))) return null;
    log.warn(
      { webhook: endpoint.id, delivery: deliveryId(delivery), attempts: delivery.attempts, failure: delivery.failure },
      'a webhook delivery was given up; `registrar webhooks dead` lists it',
    );
    return null;
  };

  const withFailure = (delivery: Delivery, failure: Omit<DeliveryFailure, 'at'>, attempts = delivery.attempts) => ({
    ...delivery,
    attempts,
    failure: { at: timestamp(now()), ...failure },
  });

  const isOver = ({ attempts, addedAt }: Delivery) =>
    attempts >= retry.maxAttempts || (attempts > 0 && now() - Date.parse(addedAt) >= retry.giveUpAfterMs);

  const settle = async (delivery: Delivery, outcome: SendOutcome): Promise<Delivery | null> => {
    if (outcome.kind === 'ARRIVED') {
      gate.answered();
      await keep(() => store.remove('PENDING', delivery));
      return null;
    }
    const tried = withFailure(delivery, outcome.failure, delivery.attempts + 1);
    if (outcome.kind === 'GONE') {
      gate.answered();
      await keep(() => record.disable());
      log.warn({ webhook: endpoint.id }, 'a webhook has said that it is gone (410): nothing is sent to it any more');
      pauses.endAll();
      return bury(tried);
    }
    if (isOfEndpoint(tried.failure)) gate.failed(outcome.retryAfterMs);
    else gate.answered();
    if (isOver(tried)) return bury(tried);
    const next = { ...tried, dueAt: timestamp(now() + delayMs(retry, tried.attempts, outcome.retryAfterMs)) };
    return (await keep(() => store.replace(next, delivery.attempts))) ? next : null;
  };

  /** @returns What is left of it: null once it has arrived, was given up, or was taken away. */
  const attempt = async (delivery: Delivery): Promise<Delivery | null> => {
    if (ending.aborted) return delivery;
    term.assertHeld();
    if (record.isDisabled) return bury(withFailure(delivery, DISABLED));
    // While the endpoint is away not everything is tried: what is old enough goes without.
    if (gate.isFailing && isOver({ ...delivery, attempts: Math.max(1, delivery.attempts) })) {
      return bury(withFailure(delivery, { status: null, message: 'The endpoint did not answer for too long.' }));
    }
    return settle(delivery, await sender.send(delivery, over));
  };

  /** Until it is due, or the endpoint, for whose being away it has failed, is back. */
  const untilDue = async ({ dueAt, failure }: Delivery, isFirst: () => boolean) => {
    for (;;) {
      const ms = Date.parse(dueAt) - now();
      if (ms <= 0 || record.isDisabled || ending.aborted || !isFirst()) return;
      if (failure === null || !isOfEndpoint(failure)) await pauses.wait(ms);
      else if (await gate.wait(ms)) return;
    }
  };

  const lanes = createLanes({
    isEnding: () => ending.aborted,
    async step(delivery, isFirst) {
      await untilDue(delivery, isFirst);
      // Something earlier about the same may have come in meanwhile, which goes first.
      return isFirst() ? gate.pass(() => attempt(delivery)) : delivery;
    },
    failed,
  });
  return {
    get size() {
      return lanes.size;
    },
    take(delivery) {
      // Whoever waits for what was first looks again.
      if (lanes.take(delivery)) wake();
    },
    idle: lanes.idle,
  };
}
