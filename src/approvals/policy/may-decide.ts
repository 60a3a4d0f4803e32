import { type Caller, may } from '../../domain/access.js';
import type { Actor } from '../../domain/model.js';
import type { ModelRef } from '../../domain/refs.js';
import type { Policy, PolicyDeciders } from './policy.js';

/** Whether somebody may decide; `reason` says why not, and is null where all three are allowed. */
export interface DecisionPermission {
  readonly approve: boolean;
  readonly reject: boolean;
  readonly reset: boolean;
  readonly reason: string | null;
}

export interface DecisionSubject {
  readonly model: ModelRef;
  /** As the registry says, which keeps who registered it through the gateway. */
  readonly createdBy: Actor | null;
}

/**
 * Grants first, then the deciders of the policy, who bind admins too, then separation of duties. That one forbids approving alone: whoever
 * registered a version may take it back. A registry that names no creator leaves nobody to separate.
 */
export function mayDecide(policy: Policy | null, caller: Caller, subject: DecisionSubject): DecisionPermission {
  if (!may(caller, 'DECIDE', subject.model)) {
    return nothing('No grant lets you decide on versions of this model. Ask for the role approver over it.');
  }
  const { id, deciders, separationOfDuties } = policy?.config ?? {};
  if (deciders !== undefined && !isAmong(deciders, caller)) {
    return nothing(`The policy ${id} leaves decisions to others. Ask one of its deciders.`);
  }
  if (separationOfDuties === true && isSame(subject.createdBy, caller.actor)) {
    return {
      approve: false,
      reject: true,
      reset: true,
      reason: `You registered this version, and the policy ${id} asks for somebody else to approve it.`,
    };
  }
  return { approve: true, reject: true, reset: true, reason: null };
}

function nothing(reason: string): DecisionPermission {
  return { approve: false, reject: false, reset: false, reason };
}

function isAmong({ groups = [], subjects = [], apiKeys = [] }: PolicyDeciders, { actor, groups: own }: Caller) {
  return (
    groups.some((group) => own.includes(group)) ||
    subjects.includes(actor.nativeId) ||
    apiKeys.some((id) => actor.nativeId === `api-key:${id}`)
  );
}

/** Ids of different worlds (an ARN, a subject) never agree, so the same name counts as the same person. */
function isSame(registrant: Actor | null, caller: Caller['actor']): boolean {
  if (registrant === null) return false;
  return (
    registrant.nativeId === caller.nativeId ||
    (registrant.name !== null && registrant.name !== '' && fold(registrant.name) === fold(caller.name))
  );
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
