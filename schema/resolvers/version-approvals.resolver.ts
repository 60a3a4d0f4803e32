import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { ApprovalPageArgs } from '../inputs/approval-filter.input.js';
import {
  DecisionPermissionType,
  ModelApprovalConnectionType,
  ModelApprovalType,
  PolicyEvaluationType,
} from '../types/approval.type.js';
import { fromApprovals, fromEvaluation } from '../types/from-approval.js';
import { ModelVersionType } from '../types/model-version.type.js';

/** What the ledger and the policies say of a version. */
@Resolver(() => ModelVersionType)
export class VersionApprovalsResolver {
  @FieldResolver(() => ModelApprovalType, {
    nullable: true,
    description: 'The latest decision; null where the ledger knows of none.',
  })
  async latestApproval(@Root() version: ModelVersionRecord, @Ctx() { approvals }: GraphQLContext) {
    return (await approvals.chainOf(version)).at(-1) ?? null;
  }

  @FieldResolver(() => ModelApprovalConnectionType, {
    nullable: true,
    description: 'What was decided, the newest first.',
  })
  async approvals(
    @Root() version: ModelVersionRecord,
    @Args(() => ApprovalPageArgs) page: ApprovalPageArgs,
    @Ctx() { approvals }: GraphQLContext,
  ) {
    const { totalCount, ...found } = await approvals.pageOfChain(version, page);
    return { ...fromApprovals(found), totalCount, totalCountIsExact: true };
  }

  @FieldResolver(() => PolicyEvaluationType, {
    nullable: true,
    description: 'What the policies say of this version, the same for every reader.',
  })
  async approvalPreview(@Root() version: ModelVersionRecord, @Ctx() { approvals }: GraphQLContext) {
    return fromEvaluation(await approvals.preview(version));
  }

  @FieldResolver(() => DecisionPermissionType, {
    nullable: true,
    description: 'Whether the caller may decide, and why not.',
  })
  viewerCanDecide(@Root() version: ModelVersionRecord, @Ctx() { approvals }: GraphQLContext) {
    return approvals.permission(version);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Artifacts, images or digests differ from those that were approved. Null: not known.',
  })
  changedSinceApproval(@Root() version: ModelVersionRecord, @Ctx() { approvals }: GraphQLContext) {
    return approvals.changedSinceApproval(version);
  }
}
