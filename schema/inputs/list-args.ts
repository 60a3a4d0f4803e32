import { ArgsType, Field, InputType, Int } from 'type-graphql';
import type { FreshnessArgs as CatalogFreshness, PageArgs } from '../../src/context.js';
import { badInput } from '../bad-input.js';

@InputType('FreshnessInput', { description: 'How old an answer may be.' })
export class FreshnessInput {
  @Field(() => Int, {
    nullable: true,
    description: '0 asks the registries themselves. Absent: the default of the config (60).',
  })
  readonly maxAgeSeconds?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'A `changesCursor`: the answer includes what had been written by then, whatever replica gives it.',
  })
  readonly after?: string | null;
}

@ArgsType()
export class FreshnessArgs {
  @Field(() => FreshnessInput, { nullable: true, description: 'How old the answer may be.' })
  readonly freshness?: FreshnessInput | null;
}

@ArgsType()
export abstract class PageArgsType extends FreshnessArgs implements PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'So many from the start, or after `after`: 1 to 200, 50 when neither `first` nor `last` is given.',
  })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of this list: go on after it.' })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: 'So many from the end, or before `before`: 1 to 200.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of this list: go back from it.' })
  readonly before?: string | null;
}

/** Undefined where the caller says nothing. */
export function toFreshness({ freshness }: FreshnessArgs): CatalogFreshness | undefined {
  const age = freshness?.maxAgeSeconds;
  if (age !== null && age !== undefined && age < 0) {
    throw badInput(`\`freshness.maxAgeSeconds\` is ${age}; it must be 0 or more.`);
  }
  return freshness ?? undefined;
}
