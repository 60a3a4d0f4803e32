import pino from 'pino';
import { createApp, readConfig } from '../app.js';
import { readConfigFile } from './read-config-file.js';

/** Serves until SIGINT or SIGTERM, then lets open requests end. */
export async function serve(options: { config: string; port?: number }): Promise<number> {
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  const config = readConfig(await readConfigFile(options.config));
  const log = pino({ name: 'registrar' }, pino.destination({ dest: 2, sync: false }));
  const server = options.port === undefined ? config.server : { ...config.server, port: options.port };
  try {
    await using app = await createApp({ ...config, server }, { log });
    process.stdout.write(`Registrar listens on ${app.url}/graphql\n`);
    const signal = await stopped;
    log.info({ signal }, 'stopping');
    return 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    process.stderr.write(
      `Port ${server.port} on ${server.host} is taken. Choose another with --port or in the config.\n`,
    );
    return 1;
  }
}
