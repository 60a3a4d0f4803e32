import type { ChangeHint, TakeHints } from '../../src/domain/change-source.js';
import { untilAborted } from '../shared/aborted.js';
import type { QueueReader } from './event-reader.js';
import type { EventQueue, QueueMessage, QueueTimes } from './queue.js';

export interface BatchContext {
  readonly queue: EventQueue;
  readonly reader: QueueReader;
  readonly take: TakeHints;
  readonly report: (problem: unknown) => void;
  readonly times: BatchTimes;
}

export interface BatchTimes extends QueueTimes {
  /** How long what could not be taken is hidden: doubled with each delivery. */
  readonly againSeconds: { readonly first: number; readonly most: number };
}

interface Delivery {
  readonly message: QueueMessage;
  readonly hints: readonly ChangeHint[];
}

/**
 * Has the hints of one batch of messages taken. A message is removed once all of its hints are; what could not be taken is shown again later, and later each
 * time. What will never be understood goes the same way where the queue has another for dead letters, and is removed where it has none.
 * @returns False where there was something to take, and none of it could be.
 */
export async function handleBatch(
  context: BatchContext,
  messages: readonly QueueMessage[],
  signal: AbortSignal,
): Promise<boolean> {
  const { queue, reader, take, report, times } = context;
  const open = new Set(messages);
  using _hiding = keepHidden(context, open);

  const close = async (closed: readonly QueueMessage[], work: () => Promise<void>) => {
    for (const message of closed) open.delete(message);
    // Whatever becomes of it, the message is delivered again, and known by then.
    await work().catch(report);
  };
  const remove = (done: readonly QueueMessage[]) => close(done, () => queue.remove(done));
  const showLater = (left: readonly QueueMessage[]) =>
    close(left, () => queue.hide(left, ({ deliveries }) => (signal.aborted ? 0 : againIn(deliveries, times))));

  const takeAll = async (deliveries: readonly Delivery[]): Promise<boolean> => {
    const taken = deliveries.map(({ message }) => message);
    const hints = deliveries.flatMap((delivery) => delivery.hints);
    try {
      await untilAborted(() => take(hints, signal), signal);
    } catch (error) {
      if (deliveries.length > 1 && !signal.aborted) {
        // One that cannot be taken must not hold up what came along with it.
        const singly = await Promise.all(deliveries.map((delivery) => takeAll([delivery])));
        return singly.includes(true);
      }
      if (!signal.aborted) report(error);
      await showLater(taken);
      return false;
    }
    await remove(taken);
    return true;
  };

  const toTake: Delivery[] = [];
  const idle: QueueMessage[] = [];
  const unreadable: QueueMessage[] = [];
  const failed: QueueMessage[] = [];
  await Promise.all(
    messages.map(async (message) => {
      try {
        const hints = await reader.read(message, signal);
        if (hints === null) unreadable.push(message);
        else if (hints.length === 0) idle.push(message);
        else toTake.push({ message, hints });
      } catch (error) {
        if (!signal.aborted) report(error);
        failed.push(message);
      }
    }),
  );
  // What is of one registry stands and falls together; another's must not wait for it.
  const groups = [...Map.groupBy(toTake, ({ hints }) => hints.map(({ registryId }) => registryId).join(' ')).values()];
  const results = await Promise.all([
    ...groups.map(takeAll),
    ...(failed.length === 0 ? [] : [showLater(failed).then(() => false)]),
  ]);
  await remove(idle);
  if (unreadable.length > 0) await ((await queue.hasDeadLetters()) ? showLater : remove)(unreadable);
  return results.length === 0 || results.includes(true);
}

function againIn(deliveries: number, { againSeconds: { first, most } }: BatchTimes): number {
  return Math.min(first * 2 ** Math.min(deliveries - 1, 20), most);
}

/** Taking may last longer than a message stays hidden by itself. */
function keepHidden({ queue, times }: BatchContext, open: ReadonlySet<QueueMessage>): Disposable {
  // One that fails is made up for by the next; one about a message that is removed meanwhile has nothing to do.
  const beat = () => void queue.hide([...open], () => times.hiddenSeconds).catch(() => {});
  const timer = setInterval(beat, (times.hiddenSeconds * 1000) / 3);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
