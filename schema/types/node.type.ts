import { Field, ID, InterfaceType } from 'type-graphql';
import type { RegistryEntry } from '../../src/context.js';
import type { ApprovalRecord } from '../../src/domain/ledger.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';

export type NodeValue = RegistryEntry | ModelRecord | ModelVersionRecord | ApprovalRecord;

@InterfaceType('Node', {
  description: 'Anything that can be fetched again by its id.',
  resolveType: (value: NodeValue) => {
    if ('adapter' in value) return 'Registry';
    if ('settlement' in value) return 'ModelApproval';
    return 'version' in value.ref ? 'ModelVersion' : 'Model';
  },
})
export abstract class NodeType {
  @Field(() => ID, { description: 'Stable and global; pass it to `node`.' })
  readonly id!: string;
}
