import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpAnswers, PortTakenError, startEngine } from '../../sandbox/engines/engine.js';
import { withFileLock } from '../../sandbox/file-lock.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { isRunning, type ProcessRecord, recordOf, stopGroups } from '../../sandbox/process-table.mjs';
import { AlreadyRunningError, Supervisor } from '../../sandbox/supervisor.js';
import { until } from './sandbox-process.js';

const GRACE_MS = 300;
const node = (code: string) => ({ command: process.execPath, args: ['-e', code] });
const FOREVER = 'setInterval(() => undefined, 1000);';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registrar-supervisor-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the processes of a run', () => {
  it('end with what they have started themselves', async () => {
    await using supervisor = await Supervisor.open(directory, 'test');
    const pidFile = join(directory, 'child');
    const start = `const child = require('node:child_process').spawn(process.execPath, ['-e', '${FOREVER}']);`;
    const parent = supervisor.start({
      name: 'parent',
      ...node(`${start} require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); ${FOREVER}`),
    });
    const child = recordOf('child', Number(await until(() => written(pidFile))));
    expect([parent.record, child].every(isRunning)).toBe(true);
    await supervisor.stop();
    expect([parent.record, child].some(isRunning)).toBe(false);
  });

  it('are ended by force when they do not listen', async () => {
    const ready = join(directory, 'ready');
    const code = `process.on('SIGTERM', () => undefined); require('node:fs').writeFileSync(${JSON.stringify(ready)}, 'yes');`;
    const record = startLeader(`${code} ${FOREVER}`);
    await until(() => written(ready));
    await stopGroups([record], GRACE_MS);
    expect(isRunning(record)).toBe(false);
  });

  it('are not mistaken for others that got their number', async () => {
    const stranger = startLeader(FOREVER);
    const earlier = { ...stranger, startTime: new Date(Date.parse(stranger.startTime) - 60_000).toISOString() };
    expect(isRunning(earlier)).toBe(false);
    await stopGroups([earlier], GRACE_MS);
    expect(isRunning(stranger)).toBe(true);
    await stopGroups([stranger], GRACE_MS);
  });

  it('tell how they ended, and where their output is', async () => {
    await using supervisor = await Supervisor.open(directory, 'test');
    const failing = supervisor.start({ name: 'failing', ...node('console.error("out of luck"); process.exit(3)') });
    expect(await failing.ended).toEqual({ exitCode: 3, how: 'exit code 3' });
    expect(readFileSync(failing.logFile, 'utf8')).toBe('out of luck\n');
    const missing = supervisor.start({ name: 'missing', command: join(directory, 'no-such-program'), args: [] });
    expect(await missing.ended).toMatchObject({ exitCode: 127, how: expect.stringContaining('ENOENT') });
  });
});

describe('an engine', () => {
  const engineAt = (port: number) => {
    const url = `http://127.0.0.1:${port}`;
    return {
      name: 'engine',
      ...node('setTimeout(() => { console.log("no luck"); process.exit(1); }, 300)'),
      url,
      answers: () => httpAnswers(url),
      readyText: url,
    };
  };

  it('that does not come up says why', async () => {
    await using supervisor = await Supervisor.open(directory, 'test');
    const started = startEngine(supervisor, engineAt(await anyFreePort()));
    await expect(started).rejects.toThrow(/^engine has ended \(exit code 1\)[\s\S]*no luck/);
    await expect(started).rejects.not.toThrow(PortTakenError);
  });

  it('is not ready because another program answers at its port', async () => {
    await using supervisor = await Supervisor.open(directory, 'test');
    const port = await anyFreePort();
    const other = createHttpServer((_request, response) => response.end('ready')).listen(port, '127.0.0.1');
    await once(other, 'listening');
    await expect(startEngine(supervisor, engineAt(port))).rejects.toThrow(PortTakenError);
    other.close();
  });

  it('whose port somebody else has taken can be told from one that is broken', async () => {
    await using supervisor = await Supervisor.open(directory, 'test');
    const port = await anyFreePort();
    const other = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(other, 'listening');
    await expect(startEngine(supervisor, engineAt(port))).rejects.toThrow(PortTakenError);
    other.close();
  });
});

describe('a folder', () => {
  it('belongs to one run at a time', async () => {
    await using first = await Supervisor.open(directory, 'first');
    await expect(Supervisor.open(directory, 'second')).rejects.toThrow(AlreadyRunningError);
    await first.stop();
    expect(existsSync(join(directory, 'processes.json'))).toBe(false);
    await using second = await Supervisor.open(directory, 'second');
    expect(second.records.map(({ name }) => name)).toEqual(['second', 'watchdog']);
  });

  it('is locked for one at a time, and a lock of the dead holds nobody up', async () => {
    const file = join(directory, 'lock');
    const dead = { name: 'lock', pid: process.pid, startTime: '2020-01-01T00:00:00.000Z' };
    writeFileSync(file, JSON.stringify(dead));
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push(`${name} ends`);
    };
    await Promise.all([withFileLock(file, work('a')), withFileLock(file, work('b'))]);
    const [first, , third] = events.map((event) => event.split(' ')[0]);
    expect(events).toEqual([`${first} begins`, `${first} ends`, `${third} begins`, `${third} ends`]);
    expect(existsSync(file)).toBe(false);
  });
});

function startLeader(code: string): ProcessRecord {
  const child = spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore' });
  if (child.pid === undefined) throw new Error('It could not be started.');
  return recordOf('leader', child.pid);
}

function written(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text === '' ? undefined : text;
}
