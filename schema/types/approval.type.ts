import { Field, Int, ObjectType } from 'type-graphql';
import type { ApprovalRecord } from '../../src/domain/ledger.js';
import type { PolicyVerdict } from '../../src/domain/policy.js';
import { PolicyVerdictEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { PageInfoType, ProblemType } from './common.type.js';
import { NodeType } from './node.type.js';

@ObjectType('PolicyCheck', { description: 'One rule, and what it found.', simpleResolvers: true })
export class PolicyCheckType {
  @Field(() => String, { description: 'The rule.' })
  readonly name!: string;

  @Field(() => Boolean, { description: 'Whether it holds.' })
  readonly passed!: boolean;

  @Field(() => String, { description: 'What it asks for.' })
  readonly expected!: string;

  @Field(() => String, { nullable: true, description: 'What was found.' })
  readonly actual!: string | null;

  @Field(() => ProblemType, { nullable: true, description: 'Why it could not be told. Such a check has not passed.' })
  readonly problem!: ProblemType | null;
}

@ObjectType('PolicyEvaluation', { description: 'What the policies say of a version.', simpleResolvers: true })
export class PolicyEvaluationType {
  @Field(() => PolicyVerdictEnum, { description: 'The verdict.' })
  readonly verdict!: PolicyVerdict;

  @Field(() => String, { nullable: true, description: 'The policy that applies; null where none does.' })
  readonly policy!: string | null;

  @Field(() => Int, { description: 'Votes that an approval takes.' })
  readonly requiredApprovals!: number;

  @Field(() => Int, { description: 'Votes that there are.' })
  readonly approvalsSoFar!: number;

  @Field(() => [PolicyCheckType], { description: 'The rules, one by one.' })
  readonly checks!: readonly PolicyCheckType[];

  @Field(() => DateTimeScalar, { description: 'When it was evaluated.' })
  readonly evaluatedAt!: string;
}

@ObjectType('DecisionPermission', {
  description: 'What the caller may do with a version, and why not more.',
  simpleResolvers: true,
})
export class DecisionPermissionType {
  @Field(() => Boolean, { description: 'Whether it may be approved by the caller.' })
  readonly approve!: boolean;

  @Field(() => Boolean, { description: 'Whether it may be rejected by the caller.' })
  readonly reject!: boolean;

  @Field(() => Boolean, { description: 'Whether it may be set back to PENDING by the caller.' })
  readonly reset!: boolean;

  @Field(() => String, { nullable: true, description: 'Why not everything; null where everything may be done.' })
  readonly reason!: string | null;
}

/** The value behind it is an `ApprovalRecord`; its fields are in `approval.resolver.ts`. */
@ObjectType('ModelApproval', {
  implements: NodeType,
  description: 'One decision of the append-only ledger, with its settlement folded in.',
  simpleResolvers: true,
})
export class ModelApprovalType extends NodeType {}

@ObjectType('ModelApprovalEdge', { description: 'A decision in a list.', simpleResolvers: true })
export class ModelApprovalEdgeType {
  @Field(() => String, { description: 'Its place in this list; pass it as `after` or `before`.' })
  readonly cursor!: string;

  @Field(() => ModelApprovalType, { description: 'The decision.' })
  readonly node!: ApprovalRecord;
}

@ObjectType('ModelApprovalConnection', { description: 'One page of a list of decisions.', simpleResolvers: true })
export class ModelApprovalConnectionType {
  @Field(() => [ModelApprovalEdgeType], { description: 'The decisions with their cursors.' })
  readonly edges!: readonly ModelApprovalEdgeType[];

  @Field(() => [ModelApprovalType], { description: 'The decisions.' })
  readonly nodes!: readonly ApprovalRecord[];

  @Field(() => PageInfoType, { description: 'Where the page stands in its list.' })
  readonly pageInfo!: PageInfoType;

  @Field(() => Int, { nullable: true, description: 'How many match in all; null where that is not known.' })
  readonly totalCount!: number | null;

  @Field(() => Boolean, { description: 'Whether `totalCount` is exactly right.' })
  readonly totalCountIsExact!: boolean;
}
