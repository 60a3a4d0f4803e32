import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anyFreePort } from '../../sandbox/ports.js';
import { createApp, readConfig } from '../../src/app.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import { call, openRegistries, type SagaRegistry } from '../saga/registries.js';
import { postGraphQL } from '../support/gateway.js';

// MLflow's own server, the AWS emulator with EventBridge and SQS, DynamoDB Local with its stream: what others do there is told of here.

/** As the issue of a notifier would have it: seconds, not minutes. */
const WITHIN = { timeout: 15_000, interval: 50 };
const NEVER_MS = 2 ** 30;

describe('what others do in the registries themselves', () => {
  let closing: AsyncDisposableStack;
  let registries: readonly SagaRegistry[];
  let versions: Map<string, VersionRef>;
  let url: string;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    registries = await openRegistries();
    versions = new Map();
    for (const registry of registries) {
      closing.use(registry);
      const { ref: model } = await registry.adapter.createModel({ name: 'watched' }, call());
      const { ref } = await registry.adapter.registerVersion({ model, artifacts: registry.artifacts }, call());
      versions.set(registry.id, ref);
    }
  }, 60_000);
  afterEach(() => closing.disposeAsync());

  async function open(ways: { readonly pushes: boolean; readonly pollMs: number }): Promise<void> {
    const directory = await mkdtemp(path.join(tmpdir(), 'registrar-changes-'));
    closing.defer(() => rm(directory, { recursive: true, force: true }));
    const port = await anyFreePort();
    url = `http://127.0.0.1:${port}`;
    const configured = await Promise.all(
      registries.map(async ({ configured: of, listen }) => ({
        ...of,
        options: { ...of.options, ...(ways.pushes ? await listen(url) : {}) },
      })),
    );
    const text = JSON.stringify({ server: { port }, access: { anonymous: { role: 'admin' } }, registries: configured });
    const environment = { WEBHOOK_SECRET: randomBytes(32).toString('hex') };
    const config = readConfig({ text, file: path.join(directory, 'registrar.yaml'), environment });
    const syncTimes = { pollMs: ways.pollMs, stateMs: 50, overlapMs: 5_000 };
    closing.use(await createApp(config, { log: pino({ level: 'silent' }), probe: false, syncTimes }));
    await vi.waitFor(async () => expect((await watermarks()).every((through) => through !== null)).toBe(true), WITHIN);
  }

  const watermarks = async (): Promise<readonly (string | null)[]> => {
    const { data } = await postGraphQL(url, { query: '{ registries { completeThrough } }' });
    return data.registries.map(({ completeThrough }: { completeThrough: string | null }) => completeThrough);
  };

  interface Told {
    readonly modelVersionId: string;
    readonly previousStatus: string;
    readonly status: string;
    readonly evidence: readonly string[];
    readonly outOfBand: boolean | null;
    readonly approval: { readonly channel: string } | null;
  }
  const statusChanges = async (): Promise<readonly Told[]> => {
    const { data } = await postGraphQL(url, {
      query: `{
        registryChanges(last: 200, filter: { types: [VERSION_STATUS], modelName: { equals: "watched" } }) {
          nodes { ... on ModelVersionStatusChanged { modelVersionId previousStatus status evidence outOfBand approval { channel } } }
        }
      }`,
    });
    return data.registryChanges.nodes;
  };

  const flipAll = () => Promise.all(registries.map((registry) => registry.setStatus(refIn(registry), 'APPROVED')));
  const refIn = ({ id }: SagaRegistry) => {
    const ref = versions.get(id);
    if (ref === undefined) throw new Error(`Nothing was made in ${id}.`);
    return ref;
  };
  const flips = (evidence: unknown) =>
    registries
      .map((registry) => ({
        modelVersionId: versionId(refIn(registry)),
        previousStatus: 'PENDING',
        status: 'APPROVED',
        evidence,
        outOfBand: true,
        // Registered past the gateway, and never looked at before.
        approval: { channel: expect.stringMatching(/^(IMPORTED|OUT_OF_BAND)$/) },
      }))
      .toSorted(byId);

  it('is found by the polls alone', async () => {
    await open({ pushes: false, pollMs: 300 });
    await flipAll();
    await vi.waitFor(async () => expect((await statusChanges()).toSorted(byId)).toEqual(flips(['POLL'])), WITHIN);
  });

  it('is told by the registries alone', async () => {
    await open({ pushes: true, pollMs: NEVER_MS });
    // A new webhook is silent for a moment, and a stream begins with its reader.
    await listening();
    await flipAll();
    await vi.waitFor(async () => expect((await statusChanges()).toSorted(byId)).toEqual(flips(['PUSH'])), WITHIN);
  });

  it('is told of once where both know, with both as its evidence', async () => {
    await open({ pushes: true, pollMs: 500 });
    await listening();
    await flipAll();
    const both = expect.arrayContaining(['PUSH', 'POLL']);
    await vi.waitFor(async () => expect((await statusChanges()).toSorted(byId)).toEqual(flips(both)), WITHIN);
  });

  /** Until each registry has told of something by itself. */
  async function listening(): Promise<void> {
    const probe = async ({ adapter, artifacts }: SagaRegistry, attempt: number) => {
      const { ref: model } = await adapter.createModel({ name: `probe-${attempt}` }, call());
      await adapter.registerVersion({ model, artifacts }, call());
    };
    const heard = async () => {
      const { data } = await postGraphQL(url, {
        query:
          '{ registryChanges(last: 200, filter: { types: [VERSION_REGISTERED] }) { nodes { ... on RegistryChange { registryId evidence } } } }',
      });
      const nodes: readonly { registryId: string; evidence: readonly string[] }[] = data.registryChanges.nodes;
      return registries.filter(({ id }) =>
        nodes.some((node) => node.registryId === id && node.evidence.includes('PUSH')),
      );
    };
    let known: readonly SagaRegistry[] = [];
    for (let attempt = 1; known.length < registries.length; attempt += 1) {
      if (attempt > 40) throw new Error('Not every registry has told of something.');
      const deaf = registries.filter((registry) => !known.includes(registry));
      await Promise.all(deaf.map((registry) => probe(registry, attempt)));
      for (let look = 0; look < 10 && known.length < registries.length; look += 1) {
        await sleep(70);
        known = await heard();
      }
    }
  }
});

function byId(a: { readonly modelVersionId: string }, b: { readonly modelVersionId: string }): number {
  return a.modelVersionId < b.modelVersionId ? -1 : 1;
}
