import { Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import { type ApprovalRecord, approvalIdOf, approvalState, subjectOf } from '../../src/domain/ledger.js';
import { namePart } from '../../src/domain/refs.js';
import { ApprovalChannelEnum, ApprovalStateEnum, ApprovalStatusEnum } from '../enums.js';
import { ApprovalListArgs, toApprovalFilter } from '../inputs/approval-filter.input.js';
import { DateTimeScalar } from '../scalars.js';
import { ModelApprovalConnectionType, ModelApprovalType, PolicyEvaluationType } from '../types/approval.type.js';
import { ProblemType, RegistryActorType } from '../types/common.type.js';
import { fromApprovals, fromEvaluation, fromStoredProblem } from '../types/from-approval.js';
import { ModelVersionType } from '../types/model-version.type.js';

@Resolver(() => ModelApprovalType)
export class ApprovalResolver {
  @Query(() => ModelApprovalConnectionType, {
    nullable: true,
    description:
      'The audit log, the newest first unless asked otherwise: what was decided about the versions that the caller may see, and of those that are gone.',
  })
  async modelApprovals(@Args(() => ApprovalListArgs) args: ApprovalListArgs, @Ctx() context: GraphQLContext) {
    const { direction, filter } = args;
    return fromApprovals(await context.approvals.list({ page: args, filter: toApprovalFilter(filter), direction }));
  }

  @FieldResolver(() => ID, { description: 'Stable and global; pass it to `node`.' })
  id(@Root() { decision }: ApprovalRecord) {
    return approvalIdOf(decision);
  }

  @FieldResolver(() => ID, { description: 'The registry.' })
  registryId(@Root() approval: ApprovalRecord) {
    return versionOf(approval).registryId;
  }

  @FieldResolver(() => String, { description: "The model's name." })
  modelName(@Root() approval: ApprovalRecord) {
    return namePart(versionOf(approval));
  }

  @FieldResolver(() => String, { description: 'The version, as the registry writes it.' })
  version(@Root() approval: ApprovalRecord) {
    return versionOf(approval).version;
  }

  @FieldResolver(() => String, { description: 'ARN, or MLflow `models:/name/version` URI.' })
  nativeId(@Root() { decision }: ApprovalRecord) {
    return decision.body.nativeId;
  }

  @FieldResolver(() => ID, { description: 'The version. Another one may have that id by now.' })
  modelVersionId(@Root() { decision }: ApprovalRecord) {
    return decision.body.versionId;
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version as it is now; null when it is gone, even if another of the same name is there.',
  })
  async modelVersion(@Root() approval: ApprovalRecord, @Ctx() { catalog }: GraphQLContext) {
    const found = await catalog.version(versionOf(approval));
    return found?.incarnation === approval.decision.body.incarnation ? found : null;
  }

  @FieldResolver(() => ApprovalStatusEnum, {
    nullable: true,
    description: 'The status before; null where nobody knew.',
  })
  from(@Root() { decision }: ApprovalRecord) {
    return decision.body.from;
  }

  @FieldResolver(() => ApprovalStatusEnum, { description: 'What was decided.' })
  to(@Root() { decision }: ApprovalRecord) {
    return decision.body.to;
  }

  @FieldResolver(() => ApprovalStateEnum, { description: 'How far it has come.' })
  state(@Root() approval: ApprovalRecord) {
    return approvalState(approval);
  }

  @FieldResolver(() => ApprovalChannelEnum, { description: 'How it came about.' })
  channel(@Root() { decision }: ApprovalRecord) {
    return decision.body.channel;
  }

  @FieldResolver(() => RegistryActorType, { nullable: true, description: 'Who decided; null where nobody knows.' })
  actor(@Root() { decision }: ApprovalRecord) {
    return decision.body.actor;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why.' })
  comment(@Root() { decision }: ApprovalRecord) {
    return decision.body.comment;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was decided; null where the registry does not say.',
  })
  decidedAt(@Root() { decision }: ApprovalRecord) {
    return decision.body.decidedAt;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When the ledger took it.' })
  recordedAt(@Root() { decision }: ApprovalRecord) {
    return decision.body.recordedAt;
  }

  @FieldResolver(() => PolicyEvaluationType, { nullable: true, description: 'What the policies said at that time.' })
  evaluation(@Root() { decision: { body } }: ApprovalRecord) {
    return body.evaluation === null ? null : fromEvaluation(body.evaluation);
  }

  @FieldResolver(() => String, { description: 'Hash over the artifacts, images and digests that were decided upon.' })
  subjectFingerprint(@Root() { decision }: ApprovalRecord) {
    return decision.body.fingerprint;
  }

  @FieldResolver(() => Int, { description: 'Position in the chain of this version, from 1.' })
  sequence(@Root() { decision }: ApprovalRecord) {
    return decision.body.sequence;
  }

  @FieldResolver(() => String, {
    description: 'SHA-256 over the RFC 8785 form of the entry. `state` and `problem` are bound by `settlementHash`.',
  })
  hash(@Root() { decision }: ApprovalRecord) {
    return decision.hash;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Hash of the decision before it; null for the first.' })
  previousHash(@Root() { decision }: ApprovalRecord) {
    return decision.body.previousHash;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Hash of what became of it; null without a settlement.' })
  settlementHash(@Root() { settlement }: ApprovalRecord) {
    return settlement?.hash ?? null;
  }

  @FieldResolver(() => ProblemType, { nullable: true, description: 'Why it FAILED.' })
  problem(@Root() { settlement }: ApprovalRecord) {
    return fromStoredProblem(settlement?.body.problem ?? null);
  }
}

function versionOf({ decision }: ApprovalRecord) {
  return subjectOf(decision.body).version;
}
