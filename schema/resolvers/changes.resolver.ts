import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { Change } from '../../src/domain/changes.js';
import { parseApprovalId } from '../../src/domain/ledger.js';
import { ChangeListArgs, toChangeFilter } from '../inputs/change-filter.input.js';
import { ModelApprovalType, PolicyEvaluationType } from '../types/approval.type.js';
import {
  ApprovalRecordedType,
  ModelVersionStatusChangedType,
  OfModelType,
  OfVersionType,
  PolicyViolatedType,
  RegistryChangeConnectionType,
  RegistryChangeType,
} from '../types/change.type.js';
import { fromEvaluation } from '../types/from-approval.js';
import { fromJournalItem } from '../types/from-journal-item.js';
import { JournalCheckpointType, RegistryWatermarkType } from '../types/journal-item.type.js';
import { ModelType } from '../types/model.type.js';
import { ModelVersionType } from '../types/model-version.type.js';
import { RegistryType } from '../types/registry.type.js';

@Resolver()
export class ChangesResolver {
  @Query(() => RegistryChangeConnectionType, {
    nullable: true,
    description:
      'The journal for those who poll or look back: forward from `after` or `since`, or `last` for the newest. What has to be read is bounded: a page may be short, or empty, and have a next one.',
  })
  async registryChanges(@Args(() => ChangeListArgs) args: ChangeListArgs, @Ctx() { changes }: GraphQLContext) {
    const { edges, ...pageInfo } = await changes.page({
      page: args,
      since: args.since ?? undefined,
      filter: toChangeFilter(args.filter),
    });
    const shown = edges.map((item) => ({ cursor: item.cursor, node: fromJournalItem(item) }));
    return { edges: shown, nodes: shown.map(({ node }) => node), pageInfo };
  }

  @Query(() => String, { nullable: true, description: 'The position of now, as a cursor of the journal.' })
  changesCursor(@Ctx() { changes }: GraphQLContext) {
    return changes.cursor();
  }
}

@Resolver(() => RegistryChangeType)
export class RegistryChangeResolver {
  @FieldResolver(() => RegistryType, { nullable: true, description: 'The registry as it is now.' })
  registry(@Root() { registryId }: Change, @Ctx() { catalog }: GraphQLContext) {
    return catalog.registry(registryId);
  }
}

@Resolver(() => OfVersionType)
export class OfVersionResolver {
  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version as it is now; null when it is gone, even if another of the same name is there.',
  })
  async modelVersion(@Root() { model, version, incarnation }: Change, @Ctx() { catalog }: GraphQLContext) {
    if (model === null || version === null) return null;
    const found = await catalog.version({ ...model, version });
    return incarnation === null || found?.incarnation === incarnation ? found : null;
  }
}

@Resolver(() => OfModelType)
export class OfModelResolver {
  @FieldResolver(() => ModelType, { nullable: true, description: 'The model as it is now; null when it is gone.' })
  model(@Root() { model }: Change, @Ctx() { catalog }: GraphQLContext) {
    return model === null ? null : catalog.model(model);
  }
}

interface ApprovalNamed {
  readonly approvalId: string | null;
}

@Resolver(() => ModelVersionStatusChangedType)
export class StatusChangedResolver {
  @FieldResolver(() => ModelApprovalType, {
    nullable: true,
    description: 'The decision that made it so, where the ledger has one.',
  })
  approval(@Root() change: ApprovalNamed, @Ctx() context: GraphQLContext) {
    return approvalOf(change, context);
  }
}

@Resolver(() => ApprovalRecordedType)
export class ApprovalRecordedResolver {
  @FieldResolver(() => ModelApprovalType, { nullable: true, description: 'The entry of the ledger.' })
  approval(@Root() change: ApprovalNamed, @Ctx() context: GraphQLContext) {
    return approvalOf(change, context);
  }
}

@Resolver(() => PolicyViolatedType)
export class PolicyViolatedResolver {
  @FieldResolver(() => PolicyEvaluationType, {
    nullable: true,
    description: 'What the policy says of it; null where the ledger cannot be read.',
  })
  async evaluation(@Root() change: ApprovalNamed, @Ctx() context: GraphQLContext) {
    const evaluation = (await approvalOf(change, context))?.decision.body.evaluation ?? null;
    return evaluation === null ? null : fromEvaluation(evaluation);
  }
}

@Resolver(() => JournalCheckpointType)
export class JournalCheckpointResolver {
  @FieldResolver(() => [RegistryWatermarkType], { description: 'How far the journal knows each registry.' })
  completeThrough(@Ctx() { changes }: GraphQLContext) {
    return changes.watermarks();
  }
}

@Resolver(() => RegistryChangeConnectionType)
export class RegistryChangeConnectionResolver {
  @FieldResolver(() => [RegistryWatermarkType], { description: 'How far the journal knows each registry.' })
  completeThrough(@Ctx() { changes }: GraphQLContext) {
    return changes.watermarks();
  }
}

async function approvalOf({ approvalId }: ApprovalNamed, { approvals }: GraphQLContext) {
  return approvalId === null ? null : approvals.byId(parseApprovalId(approvalId));
}
