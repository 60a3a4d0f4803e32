import type { Delivery } from '../domain/deliveries.js';

export interface LanesOptions {
  readonly isEnding: () => boolean;
  /** Does what comes next for the first of a lane. @returns What is left of it; null: nothing, and the next one is first. */
  readonly step: (delivery: Delivery, isFirst: () => boolean) => Promise<Delivery | null>;
  /** Told of what a step has thrown; its lane stops. */
  readonly failed: (error: unknown) => void;
}

/** One lane per subject, in which one delivery after the other is worked on. */
export interface Lanes {
  readonly size: number;
  /** Into its lane, in its place; nothing happens where it is there already. @returns Whether it is now before what was first. */
  take(delivery: Delivery): boolean;
  /** Resolves once no lane is worked on. */
  idle(): Promise<void>;
}

export function createLanes({ isEnding, step, failed }: LanesOptions): Lanes {
  const lanes = new Map<string, Delivery[]>();
  const running = new Set<Promise<void>>();
  let size = 0;

  const work = async (subject: string, lane: Delivery[]) => {
    for (let first = lane[0]; first !== undefined && !isEnding(); first = lane[0]) {
      const delivery = first;
      const left = await step(delivery, () => lane[0] === delivery);
      // Others may have been put before it meanwhile.
      const at = lane.indexOf(delivery);
      if (left === null) {
        lane.splice(at, 1);
        size -= 1;
      } else lane[at] = left;
    }
    if (lane.length === 0) lanes.delete(subject);
  };

  return {
    get size() {
      return size;
    },
    take(delivery) {
      const { subject, sequence } = delivery;
      const lane = lanes.get(subject) ?? [];
      if (lane.some((other) => other.sequence === sequence)) return false;
      const at = lane.findIndex((other) => other.sequence > sequence);
      lane.splice(at < 0 ? lane.length : at, 0, delivery);
      size += 1;
      if (lanes.has(subject)) return at === 0;
      lanes.set(subject, lane);
      const run = work(subject, lane)
        .catch(failed)
        .finally(() => running.delete(run));
      running.add(run);
      return false;
    },
    async idle() {
      await Promise.all(running);
    },
  };
}
