import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { parseVersionId, versionId } from '../../src/domain/refs.js';
import { DecideModelVersionInput } from '../inputs/model-version-mutations.input.js';
import { present } from '../inputs/present.js';
import { fromWritten } from '../types/from-written.js';
import { DecideModelVersionPayloadType } from '../types/payloads.type.js';

const INPUT = { description: 'What is to be decided.' };

@Resolver()
export class DecisionResolver {
  @Mutation(() => DecideModelVersionPayloadType, {
    description: 'Approves a version, or votes for it where a policy asks for several. Needs the role APPROVER.',
  })
  approveModelVersion(
    @Arg('input', () => DecideModelVersionInput, INPUT) input: DecideModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    return decide('approveModelVersion', 'APPROVED', input, context);
  }

  @Mutation(() => DecideModelVersionPayloadType, { description: 'Rejects a version. Needs the role APPROVER.' })
  rejectModelVersion(
    @Arg('input', () => DecideModelVersionInput, INPUT) input: DecideModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    return decide('rejectModelVersion', 'REJECTED', input, context);
  }

  @Mutation(() => DecideModelVersionPayloadType, { description: 'Back to PENDING. Needs the role APPROVER.' })
  resetModelVersionApproval(
    @Arg('input', () => DecideModelVersionInput, INPUT) input: DecideModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    return decide('resetModelVersionApproval', 'PENDING', input, context);
  }
}

async function decide(mutation: string, to: ApprovalStatus, input: DecideModelVersionInput, context: GraphQLContext) {
  const { modelVersionId, expectedStatus, comment, idempotencyKey } = input;
  const version = parseVersionId(modelVersionId);
  const { approval, ...written } = await context.mutations.decide(mutation, {
    version,
    to,
    expectedStatus,
    comment: comment === undefined || comment === '' ? null : comment,
    ...present({ idempotencyKey }),
  });
  const { record, payload } = fromWritten(written, context);
  return { modelVersionId: versionId(version), approval, modelVersion: record, ...payload };
}
