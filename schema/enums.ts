import type { Freshness } from '../src/context.js';
import type { RegistryRole } from '../src/domain/access.js';
import type { RegistryCapability } from '../src/domain/capabilities.js';
import type { ChangeEvidence, ChangeType } from '../src/domain/changes.js';
import type { ErrorCode } from '../src/domain/errors.js';
import type { ApprovalChannel, ApprovalState } from '../src/domain/ledger.js';
import type { ModelListOrder, VersionListOrder } from '../src/domain/lists.js';
import type { ActorKind, ApprovalStatus, MetricGoal, RegistrationStatus, ReportKind } from '../src/domain/model.js';
import type { Direction } from '../src/domain/page.js';
import type { PolicyVerdict } from '../src/domain/policy.js';
import type { RegistryHealthStatus } from '../src/domain/registry-health.js';
import type { RegistryKind } from '../src/domain/registry-kind.js';
import { defineEnum } from './define-enum.js';

export const ErrorCodeEnum = defineEnum<ErrorCode>('ErrorCode', 'What went wrong: `extensions.code` of every error.', {
  NOT_FOUND: 'What a write is about is not there.',
  CONFLICT: 'It exists already, or has changed since it was read.',
  BAD_USER_INPUT: 'The request is wrong; the message says what would be right.',
  UNAUTHENTICATED: 'No valid credentials.',
  FORBIDDEN: 'Not permitted: to the caller here, or to the gateway in the registry.',
  POLICY_DENIED: 'A policy does not allow it.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used with another input.',
  RATE_LIMITED: 'Too many calls; try again after `retryAfterMs`.',
  COST_EXCEEDED: 'Answering would take more upstream calls than one operation may make.',
  UPSTREAM_TIMEOUT: 'The registry did not answer within its deadline.',
  UPSTREAM_UNAVAILABLE: 'The registry cannot be reached or cannot serve now.',
  UPSTREAM_INVALID: 'The registry answered with something that makes no sense.',
  LEDGER_UNAVAILABLE:
    'The store of decisions cannot be reached, or what it holds was tampered with, so nothing can be decided.',
  UNSUPPORTED: 'This registry, or this list, cannot do that.',
  INTERNAL: 'A fault in the gateway itself.',
});

export const RegistryKindEnum = defineEnum<RegistryKind>('RegistryKind', 'What runs behind a registry.', {
  SAGEMAKER: 'Amazon SageMaker Model Registry: one account and Region.',
  MLFLOW: 'An MLflow tracking server with its model registry.',
  DYNAMODB: 'A self-managed registry in a DynamoDB table.',
  MEMORY: 'Kept in the memory of the gateway, for trying things out.',
});

export const RegistryCapabilityEnum = defineEnum<RegistryCapability>(
  'RegistryCapability',
  'What a registry can do. Ask for it before offering an action; an action that is not listed answers UNSUPPORTED.',
  {
    CREATE_MODEL: 'Models can be created.',
    UPDATE_MODEL_DESCRIPTION: "A model's description can be changed.",
    TAG_MODELS: 'Models have tags.',
    DELETE_MODEL: 'Models can be deleted.',
    REGISTER_VERSION: 'Versions can be registered.',
    REGISTER_METRICS: 'A version can be registered with metrics.',
    REGISTER_PARAMETERS: 'A version can be registered with parameters.',
    REGISTER_REPORTS: 'A version can be registered with evaluation reports.',
    REGISTER_MODEL_CARD: 'A version can be registered with a model card.',
    REGISTER_INFERENCE: 'A version can be registered with an inference specification.',
    MULTIPLE_ARTIFACTS: 'A version can have more than one artifact.',
    UPDATE_VERSION_DESCRIPTION: "A version's description can be changed.",
    UPDATE_METADATA: "A version's metadata can be changed.",
    TAG_VERSIONS: 'Versions have tags of their own.',
    UPDATE_MODEL_CARD: "A version's model card can be changed.",
    DELETE_VERSION: 'Versions can be deleted.',
    DECIDE: 'Versions can be approved and rejected.',
    ALIASES: 'Models have aliases: exclusive named pointers to a version.',
    STAGES: 'Versions have a lifecycle stage.',
    CLEAR_STAGE: "A version's stage can be taken away.",
    METRICS: 'Metrics of a version can be read.',
    PARAMETERS: 'Parameters of a version can be read.',
    REPORTS: 'Evaluation reports of a version can be read.',
    MODEL_CARDS: 'Model cards can be read.',
    LINEAGE: 'Versions say where they came from.',
    DEPLOYMENTS: 'What serves a version can be read.',
    DEPLOY: 'Versions can be deployed.',
    COLLECTIONS: 'Models are in folders of the registry.',
    PUSH_EVENTS: 'The registry tells of its changes by itself.',
  },
);

export const RegistryHealthStatusEnum = defineEnum<RegistryHealthStatus>(
  'RegistryHealthStatus',
  'How a registry answers the gateway.',
  {
    STARTING: 'Has not answered yet since the gateway started.',
    UP: 'Answered the last call.',
    DEGRADED: 'Failed the last call, but answered one shortly before.',
    DOWN: 'Does not answer.',
  },
);

export const AnswerSourceEnum = defineEnum<Freshness['source']>('AnswerSource', 'Where an answer was taken from.', {
  LIVE: 'The registries themselves were asked.',
  SNAPSHOT: "The gateway's own picture of the registries, which it keeps current.",
  STALE_ON_ERROR: 'The same, older than usual, in place of what a registry could not be asked.',
});

export const RegistryActorKindEnum = defineEnum<ActorKind>('RegistryActorKind', 'What kind of actor it is.', {
  USER: 'A person.',
  SERVICE: 'A program or a role.',
  POLICY: 'A rule of a policy.',
  UNKNOWN: 'The registry does not say.',
});

export const RegistryRoleEnum = defineEnum<RegistryRole>('RegistryRole', 'What somebody may do with models.', {
  VIEWER: 'See them.',
  CONTRIBUTOR: 'See them, register and change.',
  APPROVER: 'See them, and decide about their versions.',
  ADMIN: 'Everything, and what nobody else may.',
});

export const ApprovalStatusEnum = defineEnum<ApprovalStatus>('ApprovalStatus', 'Whether a version may be used.', {
  PENDING: 'Not decided yet.',
  APPROVED: 'May be used.',
  REJECTED: 'May not be used.',
});

export const RegistrationStatusEnum = defineEnum<RegistrationStatus>(
  'RegistrationStatus',
  'Whether the version itself is usable, whatever was decided about it.',
  {
    PENDING: 'Being registered.',
    READY: 'Registered.',
    FAILED: 'Could not be registered; `registrationMessage` says why.',
    DELETING: 'Being deleted.',
  },
);

export const OrderDirectionEnum = defineEnum<Direction>('OrderDirection', 'Which end of an order comes first.', {
  ASC: 'The smallest first.',
  DESC: 'The largest first.',
});

export const ModelOrderFieldEnum = defineEnum<ModelListOrder['field']>(
  'ModelOrderField',
  'What models are ordered by.',
  {
    NAME: 'Default, ascending; live too. Names compare as UTF-8 bytes.',
    CREATED_AT: 'Snapshot only.',
    UPDATED_AT: 'Snapshot only.',
  },
);

export const ModelVersionOrderFieldEnum = defineEnum<VersionListOrder['field']>(
  'ModelVersionOrderField',
  'What versions are ordered by.',
  {
    NUMBER: 'Within one model only; its default there, descending.',
    CREATED_AT: 'Default over models, descending; live too.',
    UPDATED_AT: 'Snapshot only.',
    MODEL_NAME: 'Snapshot only. Names compare as UTF-8 bytes.',
    APPROVAL_STATUS_SINCE: 'Snapshot only.',
  },
);

export const ApprovalChannelEnum = defineEnum<ApprovalChannel>('ApprovalChannel', 'How a decision came about.', {
  GATEWAY: 'Decided here.',
  POLICY: 'Decided by a rule.',
  OUT_OF_BAND: 'Found in the registry, not decided here.',
  IMPORTED: 'There before we looked.',
});

export const ApprovalStateEnum = defineEnum<ApprovalState>('ApprovalState', 'How far a decision has come.', {
  INTENDED: 'In the ledger, not yet in the registry.',
  VOTED: 'Counted; more votes are needed.',
  WRITTEN: 'The registry reads it back.',
  FAILED: 'The registry refused.',
});

export const PolicyVerdictEnum = defineEnum<PolicyVerdict>('PolicyVerdict', 'What the policies say of a version.', {
  ALLOW: 'It may be approved.',
  DENY: 'It must not be approved.',
  AUTO_APPROVE: 'The rules approve it at registration.',
  AUTO_REJECT: 'The rules reject it at registration, and it must not be approved.',
  REVIEW: 'A rule asks a person to look; it may be approved.',
});

export const MetricGoalEnum = defineEnum<MetricGoal>('MetricGoal', 'Which way a metric is better.', {
  HIGHER_IS_BETTER: 'More is better.',
  LOWER_IS_BETTER: 'Less is better.',
  UNKNOWN: 'Nobody says.',
});

export const ReportKindEnum = defineEnum<ReportKind>('ReportKind', 'What a report is about.', {
  MODEL_QUALITY: 'How well the model does.',
  DATA_QUALITY: 'What its data is like.',
  BIAS_PRE_TRAINING: 'Bias in the data.',
  BIAS_POST_TRAINING: 'Bias of the model.',
  BIAS: 'Bias of either.',
  EXPLAINABILITY: 'What its answers depend on.',
  OTHER: 'Anything else.',
});

export const ChangeTypeEnum = defineEnum<ChangeType>('ChangeType', 'What kind of change it is.', {
  VERSION_STATUS: 'The approval status of a version changed, or the version was first seen.',
  VERSION_REGISTERED: 'A version was registered.',
  VERSION_UPDATED: 'Fields of a version changed.',
  VERSION_DELETED: 'A version is gone.',
  MODEL_CREATED: 'A model was created.',
  MODEL_UPDATED: 'Fields of a model changed.',
  MODEL_DELETED: 'A model is gone.',
  ALIAS: 'An alias was set, moved or removed.',
  STAGE: 'A version entered or left a lifecycle stage.',
  APPROVAL_RECORDED: 'A vote, a decision or a failed write entered the ledger.',
  POLICY_VIOLATED: 'A status that the policy would not have allowed was found in a registry.',
  REGISTRY_HEALTH: 'A registry answers otherwise than before.',
});

export const ChangeEvidenceEnum = defineEnum<ChangeEvidence>('ChangeEvidence', 'How the gateway knows of a change.', {
  PUSH: 'The registry told of it.',
  POLL: 'It was found by asking the registry.',
  SELF: 'It was written through the gateway.',
});
