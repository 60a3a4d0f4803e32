import { Field, InputType } from 'type-graphql';
import type { TagFilter, TextFilter } from '../../src/domain/filters.js';
import { badInput } from '../bad-input.js';
import { bounded, boundedText } from './present.js';

@InputType('TextFilter', { description: 'Exactly one of them. Matching ignores case except for `equals`.' })
export class TextFilterInput {
  @Field(() => String, { nullable: true, description: 'The very text, case and all.' })
  readonly equals?: string | null;

  @Field(() => String, { nullable: true, description: 'Text that occurs anywhere in it.' })
  readonly contains?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Glob: `*` for any text and `?` for one character; there is no way to mean these characters themselves.',
  })
  readonly matches?: string | null;
}

@InputType('TagFilter', { description: 'What a tag must be like.' })
export class TagFilterInput {
  @Field(() => String, { description: 'The key, case and all.' })
  readonly key!: string;

  @Field(() => [String], { nullable: true, description: 'Any of these; any value when absent.' })
  readonly values?: readonly string[] | null;

  @Field(() => Boolean, { defaultValue: false, description: 'The key must not be there.' })
  readonly absent!: boolean;
}

/** SageMaker's search takes 20 conditions in all. */
const TAG_FILTERS_MAX = 10;

/** @param field Where the filter stands, for the message. */
export function toTextFilter(field: string, input: TextFilterInput | null | undefined): TextFilter | undefined {
  if (input === null || input === undefined) return undefined;
  const given = Object.entries({ equals: input.equals, contains: input.contains, matches: input.matches }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  if (given.length !== 1) {
    throw badInput(
      `\`${field}\` takes exactly one of \`equals\`, \`contains\` and \`matches\`; it has ${given.length}.`,
    );
  }
  for (const [kind, value] of given) boundedText(`${field}.${kind}`, value);
  return Object.fromEntries(given) as TextFilter;
}

export function toTagFilters(
  field: string,
  inputs: readonly TagFilterInput[] | null | undefined,
): readonly TagFilter[] | undefined {
  return bounded(field, inputs, TAG_FILTERS_MAX)?.map(({ key, values, absent }) => {
    bounded(`${field}.values`, values);
    const hasValues = values !== null && values !== undefined;
    if (absent && hasValues)
      throw badInput(
        `\`${field}\` for key ${JSON.stringify(key)} asks for values of a tag that must be absent. Pass one of the two.`,
      );
    return { key, ...(hasValues ? { values } : {}), ...(absent ? { absent } : {}) };
  });
}
