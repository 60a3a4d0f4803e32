import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelUpdate, VersionUpdate } from '../../src/domain/registry.js';
import { tagChange } from '../shared/owner.js';
import { refuseModelUpdate, refuseVersionUpdate } from '../shared/refusals.js';
import { currentModel, currentVersion, modelNow, versionNow } from './current.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { toModelRecord, toVersionRecord } from './map.js';
import type { MlflowSession } from './session.js';
import { MODEL_TAG_VALUE_MAX, refuseApprovalTag, refuseKeys, refuseTags, VERSION_TAG_VALUE_MAX } from './tag-rules.js';
import { tagValue } from './tags.js';

// One call per change. They run one after the other, so that none is still under way when the update has failed; each does what repeating it
// would do, so a repetition completes what a failure has cut off.
type Change = () => Promise<void>;

export async function updateModel(session: MlflowSession, input: ModelUpdate, call: MlflowCall): Promise<ModelRecord> {
  const { client, options, registryId } = session;
  refuseModelUpdate(declaredBy(registryId), input);
  const { set, remove } = tagChange(input, options.ownerTag, registryId);
  refuseTags(set, MODEL_TAG_VALUE_MAX, call);
  refuseKeys(remove, call);

  const model = await currentModel(session, input.model, call);
  const { description } = input;
  const changes: Change[] = [
    ...set.map((tag) => () => client.setModelTag(model.name, tag, call)),
    ...remove
      .filter((key) => tagValue(model.tags, key) !== undefined)
      .map((key) => () => client.deleteModelTag(model.name, key, call)),
    ...(description === undefined ? [] : [() => client.describeModel(model.name, description, call)]),
  ];
  if (changes.length === 0) return toModelRecord(session.map, model);
  for (const change of changes) await change();
  return modelNow(session, input.model, call);
}

export async function updateVersion(
  session: MlflowSession,
  input: VersionUpdate,
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  const { client, options, registryId } = session;
  refuseVersionUpdate(declaredBy(registryId), input);
  const { description, setTags = [] } = input;
  const removeTags = [...new Set(input.removeTags)];
  refuseTags(setTags, VERSION_TAG_VALUE_MAX, call);
  refuseKeys(removeTags, call);
  refuseApprovalTag(options.approval.tag, [...setTags.map(({ key }) => key), ...removeTags], call);

  const version = await currentVersion(session, input.version, call);
  const changes: Change[] = [
    ...setTags.map((tag) => () => client.setVersionTag(version, tag, call)),
    ...removeTags
      .filter((key) => tagValue(version.tags, key) !== undefined)
      .map((key) => () => client.deleteVersionTag(version, key, call)),
    ...(description === undefined ? [] : [() => client.describeVersion(version, description, call)]),
  ];
  if (changes.length === 0) return toVersionRecord(session.map, version, version.aliases);
  for (const change of changes) await change();
  return versionNow(session, input.version, call);
}
