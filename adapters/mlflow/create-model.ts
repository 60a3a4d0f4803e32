import { ConflictError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { CallOptions, NewModel } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { refuseModel } from '../shared/refusals.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { toModelRecord } from './map.js';
import { requestTags } from './requests.js';
import type { MlflowSession } from './session.js';
import { MODEL_TAG_VALUE_MAX, refuseTags } from './tag-rules.js';
import { isPrompt, REQUEST_TAG, tagValue } from './tags.js';

export async function createModel(
  session: MlflowSession,
  input: NewModel,
  caller: CallOptions['caller'],
  call: MlflowCall,
): Promise<ModelRecord> {
  const { client, map, options, registryId } = session;
  refuseModel(declaredBy(registryId), input);
  const given = tagsWithOwner(input, options.ownerTag, registryId);
  refuseTags(given, MODEL_TAG_VALUE_MAX, call);
  const tags = [...given, ...requestTags(input.requestId, caller, call)];
  const { name, description } = input;
  try {
    return toModelRecord(
      map,
      await client.createModel({ name, tags, ...(description === undefined ? {} : { description }) }, call),
    );
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const holder = await client.getModel(name, call);
    const isOurs = input.requestId !== undefined && tagValue(holder?.tags ?? [], REQUEST_TAG) === input.requestId;
    if (holder !== null && isOurs) return toModelRecord(map, holder);
    const what = holder !== null && isPrompt(holder.tags) ? 'prompt' : 'model';
    throw new ConflictError(`Registry ${registryId} has a ${what} named ${quote(name)} already. Choose another name.`, {
      registryId: call.registryId,
      operation: call.operation,
      cause: error,
    });
  }
}
