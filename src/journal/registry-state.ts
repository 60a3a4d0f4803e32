import type { RegistryState } from './journal.js';

/** The new state, with `completeThrough` not before what it was: a slower look must not take back what a faster one has found. */
export function ahead(before: RegistryState | undefined, state: RegistryState): RegistryState {
  if (before === undefined || before.completeThrough <= state.completeThrough) return state;
  return { ...state, completeThrough: before.completeThrough };
}
