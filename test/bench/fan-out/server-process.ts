import { serveRemote } from '../remote.js';
import { type FanOutServer, openGateway, openNaive, openPlain } from './servers.js';

// One of the servers that are measured, in a process of its own.

export interface ServerRemote {
  /** @param event What a plain one sends. @returns Its port. */
  open(kind: 'gateway' | 'naive' | 'plain', event: string): Promise<number>;
  publish(count: number): Promise<void>;
  /** The processor time that it has taken so far, in ms. */
  cpuMs(): Promise<number>;
}

let server: FanOutServer | undefined;

serveRemote({
  async open(kind, event) {
    const open = { gateway: openGateway, naive: openNaive, plain: () => openPlain(event) };
    server = await open[kind]();
    return server.port;
  },
  async publish(count) {
    await server?.publish(count);
  },
  async cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
} satisfies ServerRemote);
