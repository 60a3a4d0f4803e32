import { expect, it } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { InvalidInputError, RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import { type EvidencePart, type EvidenceRecord, REPORT_KINDS } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { NewMetric, NewReport, NewVersion } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { present } from './registry-population.js';
import { call } from './registry-walk.js';
import { everything, expectUnsupported, keysOf, openWritable, strong } from './registry-writes.js';

const NOTHING: EvidenceRecord = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };

const METRICS: readonly NewMetric[] = [
  { name: 'rmse', value: 0.1 + 0.2 },
  { name: 'auc', value: 0.91, dataset: 'validation' },
  { name: 'auc', value: 0.93, dataset: 'training', unit: 'ratio' },
  { name: 'zero', value: 0 },
  { name: 'delta', value: -12.5 },
  { name: 'tiny', value: 1e-30 },
  { name: 'huge', value: 1.5e30 },
  { name: 'größe 模型', value: 7, unit: 'Stück' },
];

const PARAMETERS = [
  { key: 'max_depth', value: '7' },
  { key: 'booster', value: 'gbtree "dart"' },
  { key: 'Ziel', value: 'größer 模型 😀' },
];

const REPORT: NewReport = {
  kind: 'MODEL_QUALITY',
  uri: 's3://registrar-conformance/reports/statistics.json',
  contentType: 'application/json',
};

const MODEL_CARD = {
  model_overview: { model_name: 'fraud „Erkennung“ 模型', model_version: 3 },
  intended_uses: { purpose_of_model: 'Scores card payments.', factors: ['a', 1, true, null, { deep: [[]] }] },
};

interface Part {
  readonly registers: RegistryCapability;
  readonly reads: RegistryCapability;
  readonly input: Partial<NewVersion>;
}

/** What can be registered of each part, and what gates it. Typed over all parts. */
const PARTS: { readonly [P in EvidencePart]: Part } = {
  METRICS: { registers: 'REGISTER_METRICS', reads: 'METRICS', input: { metrics: METRICS } },
  PARAMETERS: { registers: 'REGISTER_PARAMETERS', reads: 'PARAMETERS', input: { parameters: PARAMETERS } },
  REPORTS: { registers: 'REGISTER_REPORTS', reads: 'REPORTS', input: { reports: [REPORT] } },
  MODEL_CARD: { registers: 'REGISTER_MODEL_CARD', reads: 'MODEL_CARDS', input: { modelCard: MODEL_CARD } },
};
const ALL = keysOf(PARTS);

export function describeEvidence(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { register, refused, refusedAll } = writable;

  const has = (capability: RegistryCapability) => writable.adapter().capabilities[capability];
  const read = async (ref: VersionRef, parts: readonly EvidencePart[]): Promise<EvidenceRecord> =>
    present((await writable.adapter().getEvidence([ref], { ...strong, parts }))[0]);
  /** All that the registry can be given. */
  const whole = () =>
    Object.assign({}, ...ALL.filter((part) => has(PARTS[part].registers)).map((part) => PARTS[part].input));

  it.each(ALL)('%s is registered only with its capability', async (part) => {
    const { registers, input } = PARTS[part];
    if (has(registers)) await register(input);
    else expectUnsupported(await refused(() => register(input)), registers);
  });

  it('of a version without any is empty', async () => {
    const { ref } = await register({});
    expect(await read(ref, ALL)).toEqual(NOTHING);
    const nothing = { metrics: [], parameters: [], reports: [], modelCard: null };
    expect(await read((await register(nothing)).ref, ALL)).toEqual(NOTHING);
  });

  it('gives the metrics back, by name and dataset', async () => {
    if (!has('REGISTER_METRICS')) return;
    expect(has('METRICS')).toBe(true);
    const { ref } = await register({ metrics: METRICS });
    const { metrics, problems } = await read(ref, ['METRICS']);
    expect(problems).toEqual([]);
    expect(metrics.map(({ name, value, unit, dataset, text }) => ({ name, value, unit, dataset, text }))).toEqual([
      { name: 'auc', value: 0.93, unit: 'ratio', dataset: 'training', text: null },
      { name: 'auc', value: 0.91, unit: null, dataset: 'validation', text: null },
      { name: 'delta', value: -12.5, unit: null, dataset: null, text: null },
      { name: 'größe 模型', value: 7, unit: 'Stück', dataset: null, text: null },
      { name: 'huge', value: 1.5e30, unit: null, dataset: null, text: null },
      { name: 'rmse', value: 0.1 + 0.2, unit: null, dataset: null, text: null },
      { name: 'tiny', value: 1e-30, unit: null, dataset: null, text: null },
      { name: 'zero', value: 0, unit: null, dataset: null, text: null },
    ]);
  });

  it('gives the parameters back, by key', async () => {
    if (!has('REGISTER_PARAMETERS')) return;
    expect(has('PARAMETERS')).toBe(true);
    const { ref } = await register({ parameters: PARAMETERS });
    const expected = PARAMETERS.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    expect(await read(ref, ['PARAMETERS'])).toEqual({ ...NOTHING, parameters: expected });
  });

  it('gives the model card back', async () => {
    if (!has('REGISTER_MODEL_CARD')) return;
    expect(has('MODEL_CARDS')).toBe(true);
    const { ref } = await register({ modelCard: MODEL_CARD });
    const { modelCard, problems } = await read(ref, ['MODEL_CARD']);
    expect(modelCard?.content).toEqual(MODEL_CARD);
    expect(problems).toEqual([]);
  });

  it('gives reports back, of every kind that it does not refuse', async () => {
    if (!has('REGISTER_REPORTS')) return;
    expect(has('REPORTS')).toBe(true);
    const held: string[] = [];
    for (const kind of REPORT_KINDS) {
      const report = { ...REPORT, kind, uri: `s3://registrar-conformance/reports/${kind}.json` };
      if (await heldOrRefused({ reports: [report] })) held.push(kind);
    }
    expect(held).toContain(REPORT.kind);
  });

  it('gives several reports back, one without a type and two of a kind, or refuses them', async () => {
    if (!has('REGISTER_REPORTS')) return;
    const other: NewReport = { ...REPORT, kind: 'EXPLAINABILITY', uri: 's3://registrar-conformance/reports/e.json' };
    await heldOrRefused({ reports: [REPORT, other] });
    await heldOrRefused({ reports: [{ kind: REPORT.kind, uri: REPORT.uri }] });
    await heldOrRefused({ reports: [REPORT, { ...REPORT, uri: `${REPORT.uri}.2` }] });
  });

  it('holds only the parts that are asked for', async () => {
    const { ref } = await register(whole());
    expect(await read(ref, [])).toEqual(NOTHING);
    for (const part of ALL) {
      const { problems: _, ...evidence } = await read(ref, [part]);
      const { problems: __, ...nothing } = NOTHING;
      const own = FIELDS[part];
      const isThere = has(PARTS[part].registers) && has(PARTS[part].reads);
      if (isThere) expect(evidence[own], part).not.toEqual(NOTHING[own]);
      if (!has(PARTS[part].reads)) expect(evidence[own], part).toEqual(NOTHING[own]);
      expect({ ...evidence, [own]: NOTHING[own] }, part).toEqual(nothing);
    }
  });

  it('answers per version, in the order of the refs', async () => {
    const adapter = writable.adapter();
    const parts = ALL.filter((part) => part !== 'METRICS' || has('REGISTER_METRICS'));
    const [full, empty] = [(await register(whole())).ref, (await register({})).ref];
    const refs = [
      empty,
      { ...full, version: '4711' },
      full,
      { ...full, name: 'no-such-model' },
      { ...full, version: `0${full.version}` },
      full,
    ];
    const whatFullHas = await read(full, parts);
    expect(await adapter.getEvidence(refs, { ...strong, parts })).toEqual([
      NOTHING,
      null,
      whatFullHas,
      null,
      null,
      whatFullHas,
    ]);
    expect(await adapter.getEvidence([], { ...call(), parts })).toEqual([]);
  });

  it('is refused where it does not fit', async () => {
    const bad: readonly (readonly [RegistryCapability, readonly Partial<NewVersion>[]])[] = [
      [
        'REGISTER_METRICS',
        [
          ...[Number.NaN, Number.POSITIVE_INFINITY].map((value) => ({ metrics: [{ name: 'auc', value }] })),
          { metrics: [{ name: '', value: 1 }] },
          { metrics: [{ name: 'lone \ud800', value: 1 }] },
          { metrics: [{ name: 'auc', value: 1, dataset: '' }] },
          { metrics: [{ name: 'auc', value: 1 }, { name: 'auc', value: 2 }] }, // biome-ignore format: one case a line
        ],
      ],
      [
        'REGISTER_PARAMETERS',
        [
          { parameters: [{ key: '', value: '1' }] },
          { parameters: [{ key: 'k', value: '\ud800' }] },
          { parameters: [{ key: 'k', value: '1' }, { key: 'k', value: '2' }] }, // biome-ignore format: one case a line
        ],
      ],
      ['REGISTER_REPORTS', [{ reports: [{ ...REPORT, uri: '' }] }, { reports: [{ ...REPORT, contentType: '' }] }]],
      ['REGISTER_MODEL_CARD', [{ modelCard: { score: Number.NaN } }, { modelCard: { '\ud800': 1 } }]],
    ];
    const inputs = bad.filter(([capability]) => has(capability)).flatMap(([, cases]) => cases);
    for (const error of await refusedAll(inputs.map((input) => () => register(input)))) {
      expect(error).toBeInstanceOf(InvalidInputError);
    }
  });

  /** Whether the reports were taken. Those that were are all there; those that were refused left nothing behind. */
  async function heldOrRefused({ reports }: { readonly reports: readonly NewReport[] }): Promise<boolean> {
    const before = await everything(writable.adapter());
    try {
      const { ref } = await register({ reports });
      const found = await read(ref, ['REPORTS']);
      expect(found.problems).toEqual([]);
      expect(found.reports).toHaveLength(reports.length);
      for (const report of reports) {
        const { name } = present(found.reports.find(({ uri }) => uri === report.uri));
        expect(name).toMatch(/\S/);
        expect(found.reports).toContainEqual(expect.objectContaining(report));
      }
      return true;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error instanceof UnsupportedError || error instanceof InvalidInputError, error.message).toBe(true);
      expect(await everything(writable.adapter())).toEqual(before);
      return false;
    }
  }
}

const FIELDS = {
  METRICS: 'metrics',
  PARAMETERS: 'parameters',
  REPORTS: 'reports',
  MODEL_CARD: 'modelCard',
} as const satisfies Record<EvidencePart, keyof EvidenceRecord>;
