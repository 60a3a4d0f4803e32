import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSageMakerAdapter, sageMakerOptions } from '../../../adapters/sagemaker/index.js';
import type { RegistryAdapter } from '../../../src/domain/registry.js';
import { call, versionListing, walk } from '../../conformance/registry-walk.js';

interface Asked {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly SortOrder?: string;
  readonly SearchExpression?: unknown;
}

interface Answer {
  readonly status?: number;
  readonly body: object;
}

// What the emulator never does, an upstream in another order and a refused filter, is answered here to AWS's own client.
let answer: (asked: Asked) => Answer;
let asked: Asked[];
let server: Server;
let adapter: RegistryAdapter;

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'registrar-tests');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'registrar-tests');
  asked = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const search = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
    asked.push(search);
    const { status = 200, body } = answer(search);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const options = { region: 'eu-west-1', accountId: '123456789012', endpoint: `http://127.0.0.1:${port}` };
  adapter = createSageMakerAdapter('prod', sageMakerOptions.parse(options), { siblings: [], baseDirectory: '/' });
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await adapter[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const byName = { field: 'NAME', direction: 'ASC' } as const;

function groups(names: readonly string[], next?: string): Answer {
  const Results = names.map((name) => ({
    ModelPackageGroup: {
      ModelPackageGroupName: name,
      ModelPackageGroupArn: `arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/${name}`,
      CreationTime: 1_800_000_000,
      ModelPackageGroupStatus: 'Completed',
    },
  }));
  return { body: { Results, ...(next === undefined ? {} : { NextToken: next }) } };
}

async function firstName(): Promise<string | undefined> {
  const { items } = await adapter.listModels({ order: byName, limit: 1 }, call());
  return items[0]?.ref.name;
}

describe('an upstream that sorts otherwise than documented', () => {
  it('is read whole, and tried again after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    answer = ({ NextToken }) => (NextToken === undefined ? groups(['b', 'C'], 'rest') : groups(['d']));
    expect(await firstName()).toBe('C');
    expect(asked).toHaveLength(3);
    asked = [];
    expect(await firstName()).toBe('C');
    expect(asked).toHaveLength(2);
    vi.setSystemTime(Date.now() + 10 * 60_000);
    answer = ({ NextToken }) => (NextToken === undefined ? groups(['C', 'b'], 'rest') : groups(['d']));
    asked = [];
    expect(await firstName()).toBe('C');
    expect(asked).toHaveLength(1);
  });

  it('is not learned from one that is added between two pages', async () => {
    answer = ({ NextToken }) => (NextToken === undefined ? groups(['a', 'b'], 'more') : groups(['b', 'c']));
    const { items } = await adapter.listModels({ order: byName, limit: 3 }, call());
    expect(items.map(({ ref }) => ref.name)).toEqual(['a', 'b', 'c']);
    asked = [];
    expect(await firstName()).toBe('a');
    expect(asked).toHaveLength(1);
  });
});

describe('a value of a filter', () => {
  const refusal = { status: 400, body: { __type: 'ValidationException', message: 'words of AWS' } };

  it('that SageMaker refuses is the caller’s to correct', async () => {
    answer = () => refusal;
    const filter = { tags: [{ key: 'team', values: ['x'] }] };
    const failed = adapter.listModels({ order: byName, limit: 1, filter }, call());
    await expect(failed).rejects.toMatchObject({ code: 'BAD_USER_INPUT', registryId: 'prod', operation: 'listModels' });
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
    const versions = adapter.listVersions({ order, limit: 1, filter: { stages: ['x'] } }, call());
    await expect(versions).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is not to blame where there is none', async () => {
    answer = () => refusal;
    await expect(firstName()).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
  });

  it.each([
    ['+010000-01-01T00:00:00.000Z', '9999-12-31T23:59:59', ['a']],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59', ['a']],
    ['-000001-01-01T00:00:00.000Z', '1970-01-01T00:00:01', []],
  ])(
    'that is a time beyond all records, %s, is sent as one that SageMaker takes',
    async (createdBefore, sent, found) => {
      answer = () => groups(['a']);
      const { items } = await adapter.listModels({ order: byName, limit: 1, filter: { createdBefore } }, call());
      expect(items.map(({ ref }) => ref.name)).toEqual(found);
      expect(JSON.stringify(asked[0]?.SearchExpression)).toContain(`"${sent}"`);
    },
  );
});

it('more ARNs than one search takes are asked for by several, and make one list', async () => {
  const model = 'm'.repeat(63);
  const arnOf = (number: number) =>
    `arn:aws:sagemaker:eu-west-1:123456789012:model-package/${model}/${1_000_000_000 + number}`;
  const arns = Array.from({ length: 200 }, (_, index) => arnOf(index));
  answer = ({ SearchExpression, MaxResults = 10, SortOrder, NextToken }) => {
    const text = JSON.stringify(SearchExpression);
    const since = /"Name":"CreationTime","Operator":"[A-Za-z]+","Value":"([^"]+)"/.exec(text)?.[1];
    const found = arns
      .map((arn, index) => ({ arn, index, at: 1_800_000_000 + index }))
      .filter(({ arn, at }) => text.includes(arn) && (since === undefined || at >= Date.parse(`${since}Z`) / 1000));
    const start = Number(NextToken ?? 0);
    expect(SortOrder).toBe('Ascending');
    return {
      body: {
        Results: found.slice(start, start + MaxResults).map(({ arn, index, at }) => ({
          ModelPackage: {
            ModelPackageArn: arn,
            ModelPackageGroupName: model,
            ModelPackageVersion: 1_000_000_000 + index,
            CreationTime: at,
            ModelPackageStatus: 'Completed',
          },
        })),
        ...(start + MaxResults < found.length ? { NextToken: String(start + MaxResults) } : {}),
      },
    };
  };
  const listing = versionListing(adapter, {
    order: { field: 'CREATED_AT', direction: 'ASC' },
    filter: { nativeIds: arns.toReversed() },
  });
  expect((await walk(listing, { limit: 30 })).map(({ nativeId }) => nativeId)).toEqual(arns);
  for (const { SearchExpression } of asked) expect(JSON.stringify(SearchExpression)).toContain('"ModelPackageArn"');
  asked = [];
  const statuses = ['PENDING', 'READY', 'PENDING', 'FAILED', 'READY', 'DELETING'] as const;
  const registrationStatuses = [...statuses, ...statuses, ...statuses, ...statuses];
  answer = () => ({ body: { Results: [] } });
  const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
  await adapter.listVersions({ order, limit: 1, filter: { registrationStatuses } }, call());
  expect(JSON.stringify(asked[0]).match(/"ModelPackageStatus"/g)).toHaveLength(5);
});
