import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { typeNameOf } from './from-journal-item.js';

@InterfaceType('JournalItem', {
  description:
    'An item of the journal. `cursor` resumes after it, on any transport; it names a position, and visibility and filter are judged when it is read.',
  resolveType: typeNameOf,
})
export abstract class JournalItemType {
  @Field(() => String, { description: 'Pass it as `after` to go on from here.' })
  readonly cursor!: string;
}

@ObjectType('JournalGap', {
  implements: JournalItemType,
  description:
    'History between the cursor asked for and this one is no longer kept. Read the current state, then go on from `cursor`.',
  simpleResolvers: true,
})
export class JournalGapType extends JournalItemType {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From when on it is missing; null where the cursor asked for does not tell.',
  })
  readonly missedFrom!: string | null;

  @Field(() => DateTimeScalar, { description: 'Until when it is missing.' })
  readonly missedUntil!: string;

  @Field(() => String, { description: 'Why, in a sentence.' })
  readonly reason!: string;
}

@ObjectType('RegistryWatermark', {
  description: 'How far the journal knows a registry.',
  simpleResolvers: true,
})
export class RegistryWatermarkType {
  @Field(() => ID, { description: 'The registry.' })
  readonly registryId!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Every change before this time is in the journal; null until the first complete crawl.',
  })
  readonly completeThrough!: string | null;
}

/** `completeThrough` is in `changes.resolver.ts`. */
@ObjectType('JournalCheckpoint', {
  implements: JournalItemType,
  description:
    'First item of every stream, then at least once a minute: for this filter there is nothing else up to here. Keep its cursor.',
  simpleResolvers: true,
})
export class JournalCheckpointType extends JournalItemType {
  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly at!: string;
}
