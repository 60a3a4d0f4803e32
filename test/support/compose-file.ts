import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

export const ROOT = join(import.meta.dirname, '../..');

const strings = z.array(z.string());

const mount = z.union([
  z.string().transform((text) => {
    const [source = '', target = ''] = text.split(':');
    return { type: 'volume', source, target, readOnly: false };
  }),
  z
    .object({ type: z.string(), source: z.string(), target: z.string(), read_only: z.boolean().default(false) })
    .transform(({ type, source, target, read_only }) => ({ type, source, target, readOnly: read_only })),
]);

/** `127.0.0.1:4000:4000`; anything else has no `host`. */
const port = z.string().transform((text) => {
  const [, host, published, target] = /^(\d+(?:\.\d+){3}):(\d+):(\d+)$/.exec(text) ?? [];
  return { host, published: Number(published), target: Number(target) };
});

const service = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.string(), dockerfile: z.string().default('Dockerfile'), target: z.string() }).optional(),
  user: z.string().optional(),
  command: strings.default([]),
  env_file: strings.default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(mount).default([]),
  ports: z.array(port).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: strings }).optional(),
  init: z.boolean().default(false),
  read_only: z.boolean().default(false),
  tmpfs: strings.default([]),
  cap_drop: strings.default([]),
  security_opt: strings.default([]),
});

const composeFile = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()).default({}),
});

export type ComposeFile = z.output<typeof composeFile>;
export type ComposeService = z.output<typeof service>;

type Environment = Readonly<Record<string, string>>;

/** `docker-compose.yml` as Compose has it before it looks at what it says: merged, and with the environment put in. */
export function readComposeDocument(environment: Environment = {}): unknown {
  return interpolate(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }), environment);
}

/** The parts of it that we look at. */
export function readComposeFile(environment?: Environment): ComposeFile {
  return composeFile.parse(readComposeDocument(environment));
}

/** What the file gives to a container: lines `NAME=value`. */
export function readEnvFile(file: string): Record<string, string> {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const set = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(set.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function interpolate(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string') return interpolateText(value, environment);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, environment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolate(inner, environment)]));
}

function interpolateText(text: string, environment: Environment): string {
  return text.replace(
    /\$(?:\{([A-Z_]+):-([^}]*)\}|(\{[^}]*\}|.?))/g,
    (found, name?: string, otherwise = '', next = '') => {
      if (name !== undefined) return environment[name] || otherwise;
      if (next === '$') return next;
      throw new Error(`Every variable of docker-compose.yml has a default, \${NAME:-…}: not so ${found} in ${text}`);
    },
  );
}
