import type { ChangeItem, GapItem } from './tail-items.js';

/** One line for a person: when, what, about what, by whom. */
export function changeLine(change: ChangeItem): string {
  const { occurredAt, observedAt, type, registryId, modelId, modelVersionId, actor, outOfBand } = change;
  const by = actor?.name ?? actor?.nativeId;
  return [
    shortTime(occurredAt ?? observedAt),
    type,
    modelVersionId ?? modelId ?? registryId,
    detail(change),
    by === null || by === undefined ? '' : `by ${by}`,
    outOfBand === true ? 'OUT OF BAND' : '',
  ]
    .filter((part) => part !== '')
    .join('  ');
}

export function gapLine({ missedFrom, missedUntil, reason }: GapItem): string {
  const since = missedFrom === null ? '' : `from ${missedFrom} `;
  return `GAP: changes ${since}until ${missedUntil} are missing. ${reason} Look at the registries themselves for that time.`;
}

function detail(change: ChangeItem): string {
  const { fields, alias, stage, previousStage, approvalId, reverted, health, previousHealth, problem, status } = change;
  if (status !== undefined) return arrow(change.previousStatus, status);
  if (fields !== undefined) return fields.map(({ path }) => path).join(', ');
  if (alias !== undefined) return `${alias}: ${arrow(change.previousVersion, change.currentVersion)}`;
  if (stage !== undefined) return arrow(previousStage?.name, stage?.name);
  if (approvalId !== undefined) return approvalId;
  if (reverted !== undefined) return reverted ? 'set back' : '';
  if (health !== undefined) return `${arrow(previousHealth, health)}${problem == null ? '' : ` (${problem.message})`}`;
  return '';
}

function arrow(before: string | null | undefined, after: string | null | undefined): string {
  return `${before ?? '-'} -> ${after ?? '-'}`;
}

function shortTime(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
