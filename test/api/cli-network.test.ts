import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type CliResult, runCli } from '../unit/cli/run-cli.js';
import { decisionsOf, runAs } from './cli-support.js';
import { type Desk, openDesk } from './support.js';

// A proxy stands between the command and the real gateway, where answers get lost.

describe('between the command and the gateway', () => {
  let desk: Desk;
  let proxy: FaultProxy;
  const expecting = ['approve', '-y', '--expect', 'PENDING', 'east/churn/1'];
  const through = (args: readonly string[]) =>
    runAs(desk, 'ana', args, { env: { REGISTRAR_URL: `${proxy.origin}/graphql` } });

  beforeEach(async () => {
    desk = await openDesk({ models: [{ name: 'churn', statuses: ['PENDING'] }] });
    proxy = await startFaultProxy(desk.gateway.url);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  });

  it('an answer that gets lost is asked for again, and decides once', async () => {
    proxy.inject({ kind: 'truncate' }, { times: 2 });
    const { code, stdout, stderr } = await through(expecting);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('WRITTEN') });
    expect(stderr.match(/\[UPSTREAM_UNAVAILABLE\] Trying again in (0\.5|1) s\./g)).toHaveLength(2);
    expect(await decisionsOf(desk, 'east/churn/1')).toHaveLength(1);
    expect(proxy.requests).toHaveLength(3);
  });

  it('what stays away is given up after four attempts, and may have been decided where it was reached', async () => {
    proxy.inject({ kind: 'truncate' });
    const nobody = { env: { REGISTRAR_URL: `${await closedOrigin()}/graphql` } };
    const args = [...expecting, '--json'];
    const [reached, notReached] = await Promise.all([through(args), runCli(args, nobody)]);
    for (const { code, stderr } of [reached, notReached]) {
      expect(code).toBe(5);
      expect(stderr.match(/Trying again in (0\.5|1|2) s\./g)).toHaveLength(3);
    }
    const errorOf = ({ stdout }: CliResult) => JSON.parse(stdout).decisions[0].error;
    expect(errorOf(reached)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', isUnknown: true });
    expect(reached.stderr).toContain('it may have been decided all the same');
    expect(proxy.requests).toHaveLength(4);
    expect(await decisionsOf(desk, 'east/churn/1')).toHaveLength(1);
    expect(errorOf(notReached)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', isUnknown: false });
    expect(notReached.stderr).not.toContain('may have been decided');
  });

  it('a wait that the gateway asks for is kept, and a long one is left to the caller', async () => {
    const busy = (retryAfterMs: number) => {
      const extensions = { code: 'LEDGER_UNAVAILABLE', retryable: true, retryAfterMs };
      return { kind: 'status', status: 200, json: { data: null, errors: [{ message: 'Busy.', extensions }] } } as const;
    };
    proxy.inject(busy(700), { times: 1 });
    const kept = await through(expecting);
    expect(kept).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Busy. [LEDGER_UNAVAILABLE] Trying again in 0.7 s.'),
    });
    proxy.inject(busy(60_000));
    const left = await through(['reset', '-y', '-e', 'APPROVED', 'east/churn/1']);
    expect(left).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringMatching(/: Busy\. \[LEDGER_UNAVAILABLE\]\n$/),
    });
    expect(left.stderr).not.toContain('Trying again');
  });

  it('a refusal is not tried again', async () => {
    await through(['approve', '-y', '--expect', 'REJECTED', 'east/churn/1']);
    expect(proxy.requests).toHaveLength(1);
  });

  it('nothing is sent before somebody has said yes', async () => {
    expect(await through(['approve', 'east/churn/1'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Nobody can be asked here. Say --yes to approve without a question.\n',
    });
    expect(proxy.requests).toEqual([]);
  });

  it('a version that could not be read was not decided', async () => {
    proxy.inject({ kind: 'reset' });
    const { code, stderr } = await through(['approve', '-y', 'east/churn/1']);
    expect(code).toBe(5);
    expect(stderr).toMatch(
      /^east\/churn\/1: The gateway at \S+ cannot be reached \(\w+\)\. .* \[UPSTREAM_UNAVAILABLE\]\n$/,
    );
  });

  it('a gateway that hangs is waited for as long as --timeout says', async () => {
    proxy.inject({ kind: 'hang' });
    const { code, stderr } = await through(['pending', '--timeout', '0.2']);
    expect(code).toBe(5);
    expect(stderr).toMatch(/did not answer within 0\.2 s\. Give it longer with --timeout\. \[UPSTREAM_TIMEOUT\]\n$/);
  });

  it.each([
    [{ kind: 'html' }, 1, / answers 200, and no GraphQL\. .*\[UPSTREAM_INVALID\]\n$/],
    [{ kind: 'status', status: 502 }, 5, /Something at .* answers 502 for the gateway\. \[UPSTREAM_UNAVAILABLE\]\n$/],
    [{ kind: 'status', status: 200, json: [] }, 1, /\[UPSTREAM_INVALID\]\n$/],
    [{ kind: 'status', status: 200, json: { errors: [7] } }, 1, /The gateway gives no reason\. \[INTERNAL\]\n$/],
  ] as const)('what answers %j for it is told', async (fault, code, message) => {
    proxy.inject(fault);
    expect(await through(['pending'])).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('a redirect is not followed with a token', async () => {
    const asked: string[] = [];
    await using elsewhere = await listen((url) => {
      asked.push(url);
      return url === '/graphql' ? { location: '/other' } : {};
    });
    const result = await runCli(['pending', '--url', `${elsewhere.origin}/graphql`], {
      env: { REGISTRAR_TOKEN: 'good' },
    });
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('answers 307 and refers to /other, and no GraphQL'),
    });
    expect(asked).toEqual(['/graphql']);
  });

  it('nobody there is told at once when reading', async () => {
    const result = await runCli(['pending'], { env: { REGISTRAR_URL: `${await closedOrigin()}/graphql` } });
    expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('cannot be reached (ECONNREFUSED)') });
    expect(result.stderr).not.toContain('Trying again');
  });

  it('a wrong path is told in the words of the gateway', async () => {
    const result = await runAs(desk, 'ana', ['pending', '--url', `${desk.gateway.url}/`]);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The API is at \/graphql\. \[NOT_FOUND\]\n$/),
    });
  });
});

/** A server that redirects to what `answer` says, and is asked for what it says. */
async function listen(
  answer: (url: string) => { readonly location?: string },
): Promise<AsyncDisposable & { origin: string }> {
  const server = createServer((request, response) => {
    const headers = answer(request.url ?? '');
    response.writeHead(headers.location === undefined ? 200 : 307, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where something has been, and nobody is. */
async function closedOrigin(): Promise<string> {
  const server = await listen(() => ({}));
  await server[Symbol.asyncDispose]();
  return server.origin;
}
