import { NotFoundError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import type { CallOptions } from '../../src/domain/registry.js';
import { creatorTags } from './creator.js';
import { markIn } from './decision-mark.js';
import type { MlflowCall } from './errors.js';
import { equalsCondition, tagField } from './filter.js';
import { toVersionRecord } from './map.js';
import { withNameCondition } from './names.js';
import { invalid } from './refusals.js';
import type { MlflowSession } from './session.js';
import { REQUEST_TAG, tagValue } from './tags.js';
import type { WireVersion } from './wire.js';

// MLflow has no idempotent creation: the id of the request is kept with what it made, and looked for before it is repeated. Two attempts at once
// may both find nothing and both create. Numbers rise, and whoever has a number saw all lower ones: so each looks again afterwards, the lowest
// number is the result for all, and the others are taken back.

/** What is kept of a request with the model or version that it makes. */
export function requestTags(
  requestId: string | undefined,
  caller: CallOptions['caller'],
  call: MlflowCall,
): readonly Tag[] {
  if (requestId?.isWellFormed() === false)
    throw invalid(call, 'the id of the request holds a lone surrogate; send well-formed text');
  return [...(requestId === undefined ? [] : [{ key: REQUEST_TAG, value: requestId }]), ...creatorTags(caller, call)];
}

/** The version that the request made, without the others that attempts at the same time have made; undefined where there is none yet. */
export async function settledRequest(
  session: MlflowSession,
  model: string,
  requestId: string,
  call: MlflowCall,
): Promise<WireVersion | undefined> {
  const byRequest = equalsCondition(tagField(REQUEST_TAG), requestId);
  const page = await withNameCondition(session, model, (name) =>
    session.client.searchVersions(
      { conditions: [name.text, byRequest.text], orderBy: ['version_number ASC'], limit: session.options.pageSize },
      call,
    ),
  );
  const [first, ...others] = page.items.filter(
    ({ name, tags }) => name === model && tagValue(tags, REQUEST_TAG) === requestId,
  );
  for (const { name, version } of others) await takeBack(session, name, version, call);
  return first;
}

/** Unless somebody has found it and made use of it: then it is theirs. */
async function takeBack(session: MlflowSession, name: string, version: string, call: MlflowCall): Promise<void> {
  // The search does not tell of aliases.
  const found = await session.client.getVersion(name, version, call);
  if (found === null || isInUse(session, found)) return;
  await session.client.deleteVersion(found, call).catch((error: unknown) => {
    // Its own attempt has been faster.
    if (!(error instanceof NotFoundError)) throw error;
  });
}

function isInUse(session: MlflowSession, version: WireVersion): boolean {
  const { approvalStatus, stage } = toVersionRecord(session.map, version, undefined);
  return approvalStatus !== 'PENDING' || stage !== null || version.aliases.length > 0 || markIn(version.tags) !== null;
}
