import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import { call, type SagaRegistry } from '../saga/registries.js';
import { postGraphQL } from '../support/gateway.js';
import type { Random } from './random.js';
import type { DoneWrite } from './verdict.js';

const STATUSES: readonly ApprovalStatus[] = ['PENDING', 'APPROVED', 'REJECTED'];
const MUTATION = {
  PENDING: 'resetModelVersionApproval',
  APPROVED: 'approveModelVersion',
  REJECTED: 'rejectModelVersion',
};

export interface WriterOptions {
  readonly gateways: readonly string[];
  readonly registries: readonly SagaRegistry[];
  readonly versions: ReadonlyMap<string, readonly VersionRef[]>;
  readonly random: Random;
  /** Writes to make in all. */
  readonly writes: number;
  /** Rest between two writes of one writer. */
  readonly restMs: number;
}

export interface Writing {
  /** Ends when all writes are made. */
  readonly done: Promise<void>;
  readonly made: () => number;
  readonly doneThroughGateways: () => readonly DoneWrite[];
}

/** People, pipelines and gateways that change things, each at its own pace. */
export function startWriters(options: WriterOptions): Writing {
  const done: DoneWrite[] = [];
  let made = 0;
  const writer = async (random: Random, write: (random: Random) => Promise<void>) => {
    while (made < options.writes) {
      made += 1;
      // What fails has failed: an engine is under load, a gateway was killed, somebody was faster.
      await write(random).catch(() => {});
      await sleep(random.around(options.restMs));
    }
  };
  const { registries, versions, gateways } = options;
  const anyVersion = (random: Random, registry: SagaRegistry) => random.pick(versions.get(registry.id) ?? []);

  const decide = async (random: Random) => {
    const ref = anyVersion(random, random.pick(registries));
    const to = random.pick(STATUSES);
    const gateway = random.pick(gateways);
    const ask = (expectedStatus: string) =>
      postGraphQL(gateway, {
        query: `mutation Decide($input: DecideModelVersionInput!) { decided: ${MUTATION[to]}(input: $input) { approval { id } } }`,
        variables: { input: { modelVersionId: versionId(ref), expectedStatus } },
      });
    const first = await ask(random.pick(STATUSES));
    const current = first.errors?.[0]?.extensions.currentStatus;
    const { data } = current === undefined ? first : await ask(current);
    const approvalId = data?.decided?.approval?.id;
    if (typeof approvalId === 'string') done.push({ kind: 'DECIDED', approvalId });
  };
  const register = async (random: Random) => {
    const registry = random.pick(registries);
    const { registryId, name } = anyVersion(random, registry);
    const { data } = await postGraphQL(random.pick(gateways), {
      query: `mutation Register($input: RegisterModelVersionInput!) {
        made: registerModelVersion(input: $input) { modelVersionId problem { code } }
      }`,
      variables: { input: { modelId: `${registryId}/${name}`, artifacts: registry.artifacts } },
    });
    const id = data?.made?.modelVersionId;
    if (typeof id === 'string') done.push({ kind: 'REGISTERED', versionId: id });
  };

  const { random } = options;
  const all = [
    writer(random.fork('decider 1'), decide),
    writer(random.fork('decider 2'), decide),
    writer(random.fork('pipeline'), async (own) => {
      // A version now and then: each is there for all that follows.
      if (own.int(20) === 0) await register(own);
      else await decide(own);
    }),
    ...registries.flatMap((registry) => [
      writer(random.fork(`${registry.id} flips`), (own) =>
        registry.setStatus(anyVersion(own, registry), own.pick(STATUSES)),
      ),
      ...Array.from({ length: registry.adapter.capabilities.UPDATE_VERSION_DESCRIPTION ? 4 : 0 }, (_, index) =>
        writer(random.fork(`${registry.id} edits ${index}`), async (own) => {
          const version = anyVersion(own, registry);
          await registry.adapter.updateVersion({ version, description: `Note ${own.int(1e9)}` }, call());
        }),
      ),
    ]),
  ];
  return { done: Promise.all(all).then(() => {}), made: () => made, doneThroughGateways: () => done };
}
