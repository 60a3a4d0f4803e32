import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from './file-lock.js';

const reserved = new Set<number>();

/**
 * `preferred`, or the next port above it that nobody listens on. It is this process's from then on, as far as other sandboxes go:
 * two that are started at the same moment would otherwise choose the same ports, and find out one by one.
 */
export async function freePortFrom(preferred: number): Promise<number> {
  for (let port = preferred; port < 65_536; port += 1) {
    if ((await isFree(port)) && reserve(port)) return port;
  }
  throw new Error(`No port from ${preferred} upwards is free.`);
}

export async function isFree(port: number): Promise<boolean> {
  // A listener on all addresses does not always get in the way of one on loopback, but would take its callers.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function reserve(port: number): boolean {
  if (reserved.has(port)) return true;
  const file = join(tmpdir(), `registrar-${process.getuid?.() ?? 'user'}-port-${port}`);
  // The first try may only find that the holder is dead.
  if (!tryLock(file) && !tryLock(file)) return false;
  reserved.add(port);
  process.once('exit', () => rmSync(file, { force: true }));
  return true;
}

/** Any free port, as the system chooses. */
export async function anyFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
