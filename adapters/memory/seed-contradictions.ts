import * as z from 'zod';

/** As much of a seed as is needed to see whether its parts fit together, whatever else is wrong with it. */
const outline = z
  .object({
    models: z.array(
      z
        .object({
          name: z.unknown(),
          aliases: z.record(z.string(), z.unknown()).catch({}),
          versions: z.array(z.object({ number: z.unknown() }).catch({ number: undefined })).catch([]),
        })
        .catch({ name: undefined, aliases: {}, versions: [] }),
    ),
  })
  .catch({ models: [] });

export interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What no schema of one part can see: names and numbers given twice, aliases of versions that are not there. Apart from the schema, whose own
 * checks across parts would not run as long as any part has a fault, so that a reader would be told one half of the faults after the other.
 */
export function contradictions(json: unknown): readonly Contradiction[] {
  const { models } = outline.parse(json);
  const names = models.map(({ name }) => name);
  return [
    ...repeated(names).map((index) => ({ path: ['models', index, 'name'], message: 'Another model has this name.' })),
    ...models.flatMap(({ aliases, versions }, index) => {
      const numbers = versions.map(({ number }) => number);
      const twice = repeated(numbers).map((at) => ({
        path: ['models', index, 'versions', at, 'number'],
        message: 'Another version has this number.',
      }));
      const dangling = Object.entries(aliases)
        .filter(([, number]) => !numbers.includes(number))
        .map(([alias, number]) => ({
          path: ['models', index, 'aliases', alias],
          message: `There is no version ${JSON.stringify(number)}.`,
        }));
      return [...twice, ...dangling];
    }),
  ];
}

/** Places of the values that were there before. */
function repeated(values: readonly unknown[]): number[] {
  return values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [index] : []));
}
