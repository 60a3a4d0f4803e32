// What there has to be in one account and Region, said once: Terraform, CloudFormation and the calls of the SDK are spellings of it.

/** Stands for the ARN of a resource of the same stack. */
export interface ArnOf {
  readonly arnOf: string;
}

/** JSON in which an ARN may be one that is known only once its resource is there. */
export type Tree = string | number | boolean | ArnOf | readonly Tree[] | { readonly [key: string]: Tree };

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: Tree;
  readonly Action: readonly string[];
  readonly Resource?: Tree;
  readonly Condition?: Tree;
}

interface Named {
  /** Within the stack, in the form `TheQueue`. */
  readonly id: string;
  readonly name: string;
}

export interface QueueResource extends Named {
  readonly kind: 'queue';
  readonly keepSeconds: number;
  readonly hiddenSeconds: number;
  readonly deadLetters?: { readonly queue: ArnOf; readonly afterDeliveries: number };
  readonly policy: readonly Statement[];
}

export interface RuleResource extends Named {
  readonly kind: 'rule';
  readonly description: string;
  readonly pattern: Tree;
  readonly target: ArnOf | string;
  /** What EventBridge acts as, where a target needs it. */
  readonly role?: ArnOf;
  readonly deadLetters: ArnOf;
  readonly retry: { readonly attempts: number; readonly maxAgeSeconds: number };
}

/** Lets another account send events to the default bus. */
export interface BusPermission {
  readonly kind: 'bus-permission';
  readonly id: string;
  readonly account: string;
  readonly bus: string;
}

export interface RoleResource extends Named {
  readonly kind: 'role';
  readonly trust: readonly Statement[];
  readonly policy: readonly Statement[];
}

export type Resource = QueueResource | RuleResource | BusPermission | RoleResource;

/** All of it in the order in which it can be made. */
export interface Stack {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly title: string;
  /** Of its documents, without an ending. */
  readonly fileBase: string;
  readonly resources: readonly Resource[];
  /** Queue whose URL the config needs. */
  readonly output?: string;
}

/** What reading a queue takes. */
export const QUEUE_ACTIONS = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
] as const;

export const POLICY_VERSION = '2012-10-17';

export function isArnOf(tree: Tree): tree is ArnOf {
  return typeof tree === 'object' && 'arnOf' in tree;
}

/** Plain JSON, with `spell` for each ARN that stands for a resource. */
export function spelled(tree: Tree, spell: (id: string) => unknown): unknown {
  if (typeof tree !== 'object') return tree;
  if (isArnOf(tree)) return spell(tree.arnOf);
  if (Array.isArray(tree)) return tree.map((each: Tree) => spelled(each, spell));
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, spelled(value as Tree, spell)]));
}

export function policyTree(statements: readonly Statement[]): Tree {
  return { Version: POLICY_VERSION, Statement: statements.map((statement) => ({ ...statement })) as readonly Tree[] };
}

export function redriveOf({ queue, afterDeliveries }: NonNullable<QueueResource['deadLetters']>): Tree {
  return { deadLetterTargetArn: queue, maxReceiveCount: afterDeliveries };
}
