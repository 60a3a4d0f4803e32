import type { GatewaySetup } from './open-gateway.js';
import type { SagaRegistry } from './registries.js';
import { isThorough } from './rounds.js';
import type { Point } from './stop-at.js';
import type { GovernanceKind } from './world.js';

/** A place in the course of a decision, on each registry. */
export interface Step {
  readonly name: string;
  readonly point: (registry: SagaRegistry) => Point;
  /** Whether anybody has decided anything by then. */
  readonly isDecided: boolean;
  /** Whether it is one of the governance store. */
  readonly isOfStore: boolean;
}

export function at(call: string, when: Point['when'], nth = 1): Pick<Step, 'point' | 'isOfStore'> {
  return { point: () => ({ call, when, nth }), isOfStore: call.startsWith('store.') };
}

/** @param nth Which of the requests that write a decision. */
export function onWire(
  when: Point['when'],
  nth: (registry: SagaRegistry) => number,
): Pick<Step, 'point' | 'isOfStore'> {
  return {
    point: (registry) => ({ call: `wire ${registry.wire.decide}`, when, nth: nth(registry) }),
    isOfStore: false,
  };
}

export function pointsOf(registries: readonly SagaRegistry[], point: Step['point']): Readonly<Record<string, Point>> {
  return Object.fromEntries(registries.map((registry) => [registry.id, point(registry)]));
}

/** All of them over SQLite; over the other store, unless the run is a thorough one, those that it takes part in. */
export function stepsOver(governance: GovernanceKind, steps: readonly Step[]): readonly Step[] {
  return governance === 'sqlite' || isThorough ? steps : steps.filter(({ isOfStore }) => isOfStore);
}

/** Of a gateway that does not look for what others have left behind: its steps are those of the one decision it is asked for. */
export function quiet(setup: GatewaySetup): GatewaySetup {
  return { ...setup, times: { ...setup.times, sweepMs: 3_600_000 } };
}
