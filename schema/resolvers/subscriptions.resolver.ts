import { Args, Resolver, Root, Subscription } from 'type-graphql';
import type { GraphQLContext, JournalItem } from '../../src/context.js';
import {
  ChangeStreamArgs,
  StatusChangeStreamArgs,
  toChangeFilter,
  toStatusChangeFilter,
} from '../inputs/change-filter.input.js';
import { RegistryChangeItem, StatusChangeItem } from '../types/change.type.js';
import { fromJournalItem } from '../types/from-journal-item.js';

interface SubscribeData<A> {
  readonly args: A;
  readonly context: GraphQLContext;
}

/** `subscribe` says which items; the fields themselves are resolved once per item, for everybody who selects the same and sees the same. */
@Resolver()
export class SubscriptionsResolver {
  @Subscription(() => StatusChangeItem, {
    description:
      'Approval status changes of the versions the caller may see. With `after`, first what was missed, then live.',
    subscribe: ({ args, context: { changes } }: SubscribeData<StatusChangeStreamArgs>) =>
      changes.stream({ filter: toStatusChangeFilter(args.filter), after: args.after ?? undefined }),
  })
  modelVersionStatusChanged(
    @Root() item: JournalItem,
    @Args(() => StatusChangeStreamArgs) _args: StatusChangeStreamArgs,
  ) {
    return fromJournalItem(item);
  }

  @Subscription(() => RegistryChangeItem, {
    description: 'Every kind of change. With `after`, first what was missed, then live.',
    subscribe: ({ args, context: { changes } }: SubscribeData<ChangeStreamArgs>) =>
      changes.stream({ filter: toChangeFilter(args.filter), after: args.after ?? undefined }),
  })
  registryChanges(@Root() item: JournalItem, @Args(() => ChangeStreamArgs) _args: ChangeStreamArgs) {
    return fromJournalItem(item);
  }
}
