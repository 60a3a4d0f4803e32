import * as z from 'zod';
import { REPORT_KINDS } from '../domain/model.js';

const LINEAGE_FIELDS = [
  'commit',
  'repository',
  'pipelineExecution',
  'trainingJob',
  'runId',
  'experimentId',
  'dataset',
  'sourceUri',
  'generatedBy',
] as const;
const WORDS = ['modelCard', 'description', ...LINEAGE_FIELDS.map((field) => `lineage.${field}` as const)] as const;
const EVIDENCE_FORMS = '{ metric, dataset }, { report }, { parameter }, { tag } or { metadata }';

const text = () => z.string().min(1, 'It must not be empty.').max(500, 'It has at most 500 characters.');
const texts = () => z.array(text()).min(1, 'Name at least one, or leave it out.').max(100, 'Name at most 100.');
const expression = () => z.string().min(1, 'Write an expression.');

const evidenceSchema = z.union(
  [
    z.enum(WORDS),
    z.strictObject({ metric: text(), dataset: text().optional() }),
    z.strictObject({ report: z.enum(REPORT_KINDS) }),
    z.strictObject({ parameter: text() }),
    z.strictObject({ tag: text() }),
    z.strictObject({ metadata: text() }),
  ],
  {
    error: `It must be one of ${WORDS.join(', ')}, or ${EVIDENCE_FORMS}. Reports are: ${REPORT_KINDS.join(', ')}.`,
  },
);

const ruleSchema = z.strictObject({
  name: text().max(100, 'It has at most 100 characters.').describe('What a check is called; unique within the policy.'),
  when: expression()
    .optional()
    .describe('A condition in CEL: the rule is asked only where it holds. Default: everywhere.'),
  check: expression().describe('What must hold, in CEL, e.g. `metrics.auc >= 0.9`. See docs/policies.md.'),
  onFail: z
    .enum(['deny', 'review', 'reject'], { error: 'It must be one of: deny, review, reject.' })
    .default('deny')
    .describe(
      'deny: it cannot be approved. review: a person has to look, and may approve. reject: it is rejected at registration. Default: deny.',
    ),
  description: text().optional().describe('What the rule asks for, as a person reads it. Default: the check.'),
});

const decidersSchema = z
  .strictObject({
    groups: texts().optional().describe('Whoever is in one of these groups.'),
    subjects: texts().optional().describe('Whoever is one of these: `<issuer>#<sub>`.'),
    apiKeys: texts().optional().describe('Whoever has one of these keys, by id.'),
  })
  .refine((deciders) => Object.values(deciders).some((value) => value !== undefined), {
    error: 'Say who: `groups`, `subjects` or `apiKeys`; or leave it out.',
  });

const productionSchema = z
  .strictObject({
    alias: text().optional().describe('The version that has this alias.'),
    stage: text().optional().describe('The version with the highest number in this stage.'),
  })
  .refine(({ alias, stage }) => (alias === undefined) !== (stage === undefined), {
    error: 'Say either `alias` or `stage`; or leave it out.',
  });

const policySchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'An id has 1 to 63 of a-z, 0-9 and -, and starts with a letter or digit.')
    .describe('Kept with every decision; do not change it later.'),
  registries: texts().optional().describe('Ids of the registries that it is for. Default: all.'),
  registryLabels: z
    .record(z.string().min(1), z.string())
    .optional()
    .describe('Only registries with all of these labels. Default: any.'),
  models: texts()
    .optional()
    .describe('Globs over model names, any case: `*` for any text, `?` for one character. Default: all models.'),
  deciders: decidersSchema
    .optional()
    .describe(
      'Who may decide, besides having a grant to. Default: whoever is approver or admin. It binds admins as well.',
    ),
  separationOfDuties: z
    .boolean()
    .default(true)
    .describe('Whether who registered a version is kept from approving it. Default: true.'),
  requiredApprovals: z.int().min(1).max(10).default(1).describe('Votes that an approval takes. Default: 1.'),
  requiredEvidence: z
    .array(evidenceSchema)
    .max(50, 'At most 50.')
    .default([])
    .describe('What must be there for an approval. Default: nothing.'),
  rules: z.array(ruleSchema).max(50, 'At most 50; write several policies.').default([]).describe('What must hold.'),
  onPass: z
    .enum(['review', 'approve'], { error: 'It must be one of: review, approve.' })
    .default('review')
    .describe(
      'What becomes of a new version when all rules pass. review: people decide. approve: it is approved. Default: review.',
    ),
  production: productionSchema
    .optional()
    .describe("Which version is the model's production, for rules to compare with. Default: the latest approved."),
  outOfBand: z
    .strictObject({
      revert: z
        .boolean()
        .default(false)
        .describe('Whether its status is set back, at most once per version and hour. Default: false.'),
    })
    .default({ revert: false })
    .describe(
      'What becomes of a version that was approved in the registry itself although the policy would not have allowed it.',
    ),
});

/** The config section `policies`: the first that matches a version applies. What expressions mean is not checked here. */
export const policiesSchema = z
  .array(policySchema)
  .max(200, 'At most 200.')
  .default([])
  .describe('Rules for approvals; the first that matches applies. Default: none, and one approval is enough.');

export type PoliciesConfig = z.output<typeof policiesSchema>;
