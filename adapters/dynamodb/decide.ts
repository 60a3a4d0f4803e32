import type { DecisionMark, ModelVersionRecord } from '../../src/domain/model.js';
import type { StatusWrite } from '../../src/domain/registry.js';
import { refuseOtherIncarnation } from '../shared/expectations.js';
import { refuseStatusWrite } from '../shared/refusals.js';
import type { Item } from './batch-get.js';
import { changed, updateOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { type CurrentVersion, noModel, readBackVersion, readVersionAndModel } from './current.js';
import { declared } from './declarations.js';
import { checkDecidedSize, checkMarkSize } from './item-size.js';
import { registryStatus, statusNumber } from './keys.js';
import { withoutNulls } from './new-items.js';
import { pointersAfterStatus } from './pointers.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call, Session } from './session.js';

/** @throws InvalidInputError, UnsupportedError */
export function refuseDecision(session: Session, write: Omit<StatusWrite, 'incarnation'>): void {
  refuseStatusWrite(declared(session), write);
  checkMarkSize(write.mark, { registryId: session.registryId, operation: 'decide' });
}

/**
 * Three calls: both items are read, version and model are written in one transaction, and the version is read back. One more where the latest
 * approved version ceases to be one, and another one is looked for.
 */
export async function decide(registry: DynamoDbRegistry, write: StatusWrite, call: Call): Promise<ModelVersionRecord> {
  const { session } = registry;
  const { mark } = write;
  refuseDecision(session, write);
  await withContention(session, call, async () => {
    const { version, model } = await readVersionAndModel(registry, write.version, call);
    if (model === null) throw noModel(registry, write.version, call);
    refuseOtherIncarnation(version.record.incarnation, write, { registryId: session.registryId, operation: 'decide' });
    if (isWritten(version.record, mark)) return { done: undefined };
    const at = new Date().toISOString();
    const change = statusChange(session.namespace, version, mark, at);
    checkDecidedSize(changed(version.item, change), session.fault(call));
    const pointers = await pointersAfterStatus(session, model, version, mark.status, call);
    const transaction = {
      TransactItems: [
        {
          Update: {
            TableName: session.table,
            ...updateOf(version.key, change, { rev: version.rev, at, same: madeAt(version.item) }),
          },
        },
        { Update: { TableName: session.table, ...updateOf(model.key, pointers, { rev: model.rev, at }) } },
      ],
    };
    return (await hasWritten(session.transactWrite(transaction, call))) ? { done: undefined } : 'changed';
  });
  return readBackVersion(registry, write.version, call);
}

/** What tells an item from one that was made anew meanwhile, which counts its revisions from 1 again. */
function madeAt({ incarnation, createdAt }: Item): Readonly<Record<string, unknown>> {
  return incarnation === undefined ? { createdAt } : { incarnation };
}

/** The same decision, written before. */
function isWritten({ approvalStatus, decision }: ModelVersionRecord, mark: DecisionMark): boolean {
  return approvalStatus === mark.status && decision?.id === mark.id && decision.status === mark.status;
}

function statusChange(namespace: string, { record }: CurrentVersion, mark: DecisionMark, at: string) {
  const { status, comment } = mark;
  return {
    approvalStatus: status,
    registryStatus: registryStatus(namespace, status),
    statusNumber: statusNumber(status, record.number),
    // Confirmed rather than changed, it is in that status for as long as before.
    ...(status === record.approvalStatus ? {} : { approvalStatusSince: at }),
    approvalComment: comment ?? undefined,
    decision: withoutNulls(mark),
  };
}
