import * as z from 'zod';

/** Options of a registry of kind MEMORY. */
export const memoryOptions = z.strictObject({
  seed: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file with the models to start with; a relative path starts at the folder of the config file. Default: none.',
    ),
  ownerTag: z
    .string()
    .min(1)
    .default('owner')
    .describe("Key of the model tag that names the model's owner. Default: owner."),
});

export type MemoryOptions = z.output<typeof memoryOptions>;
