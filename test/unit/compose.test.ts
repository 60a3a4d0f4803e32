import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { AWS_CREDENTIALS, awsEngine } from '../../sandbox/engines/aws.js';
import { dynamodbLocalEngine } from '../../sandbox/engines/dynamodb-local.js';
import { mlflowEngine } from '../../sandbox/engines/mlflow.js';
import { redisEngine } from '../../sandbox/engines/redis.js';
import { gatewayProcess } from '../../sandbox/gateway.js';
import { writeGatewayConfig } from '../../sandbox/gateway-config.js';
import { DYNAMODB_ID } from '../../sandbox/registries.js';
import { readConfig } from '../../src/app.js';
import type { GatewayConfig } from '../../src/config/load-config.js';
import {
  type ComposeService,
  ROOT,
  readComposeDocument,
  readComposeFile,
  readEnvFile,
} from '../support/compose-file.js';
import { inheritedInstructions, readDockerfile } from '../support/dockerfile.js';

// Few of the machines that run the tests have a Docker engine: what is held here is that the file says what the sandbox does.

const compose = readComposeFile();
const services = Object.entries(compose.services);
const stages = readDockerfile();
const scratch = mkdtempSync(join(tmpdir(), 'registrar-compose-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('docker-compose.yml', () => {
  it('is a Compose file by the schema of Docker Compose', () => {
    const schema = JSON.parse(read('test/support/fixtures/compose/compose-spec.json'));
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
    expect(validate(readComposeDocument()), JSON.stringify(validate.errors, null, 2)).toBe(true);
    expect(validate({ services: { gateway: { images: 'node' } } }), 'and a fault would be found').toBe(false);
  });

  it('has the gateway and all that it can stand in front of', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['aws', 'dynamodb-local', 'gateway', 'mlflow', 'redis']);
  });

  it('builds stages that there are', () => {
    for (const [name, { image, build }] of services) {
      expect(
        [image, build].filter((each) => each !== undefined),
        name,
      ).toHaveLength(1);
      if (build === undefined) continue;
      expect(build, name).toMatchObject({ context: '.', dockerfile: 'Dockerfile' });
      expect(stages.map((stage) => stage.name)).toContain(build.target);
    }
  });

  it('pins the images that it does not build', () => {
    for (const { image } of Object.values(compose.services)) {
      if (image !== undefined) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+\.\d+(-|$)/);
    }
  });

  it('mounts files that there are and volumes that it declares, all of which are in use', () => {
    const mounts = services.flatMap(([, service]) => service.volumes);
    for (const { source, readOnly } of mounts.filter(({ type }) => type === 'bind')) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(readOnly, source).toBe(true);
    }
    const volumes = mounts.filter(({ type }) => type === 'volume').map(({ source }) => source);
    expect(volumes.sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(services.flatMap(([, { env_file }]) => env_file).filter((file) => !existsSync(join(ROOT, file)))).toEqual(
      [],
    );
  });

  it('mounts volumes on folders that the image has made for its user', () => {
    for (const [name, { build, volumes }] of services) {
      if (build === undefined) continue;
      const made = runs(build.target).filter((line) => /^(install --directory --owner=|mkdir .* && chown )/.test(line));
      for (const { target } of volumes.filter(({ type }) => type === 'volume')) {
        expect(
          made.filter((line) => line.endsWith(` ${target}`)),
          `${name}: ${target}`,
        ).toHaveLength(1);
      }
    }
  });

  it('publishes ports on loopback only, each once', () => {
    const ports = services.flatMap(([, service]) => service.ports);
    expect(ports.map(({ host }) => host)).toEqual(ports.map(() => '127.0.0.1'));
    expect(new Set(ports.map(({ published }) => published)).size).toBe(ports.length);
    expect(ports.length).toBe(4);
    const moved = readComposeFile({ GATEWAY_PORT: '4100' }).services['gateway']?.ports;
    expect(moved).toEqual([{ host: '127.0.0.1', published: 4100, target: 4000 }]);
  });

  it.each(services)('%s tells whether it is well, and may do no more than it needs', (_, service) => {
    expect(service.healthcheck?.test[0]).toMatch(/^CMD(-SHELL)?$/);
    expect(service).toMatchObject({ init: true, read_only: true, cap_drop: ['ALL'] });
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(userOf(service)).toMatch(/^(?!root$|0$)[a-z]+$/);
  });

  it('asks after health where the service listens', () => {
    for (const [name, { healthcheck, ports }] of services) {
      const asked = /http:\/\/127\.0\.0\.1:(\d+)/.exec(healthcheck?.test.join(' ') ?? '')?.[1];
      expect(asked, name).toBe(ports[0]?.target.toString());
    }
  });

  it('starts things after others that there are', () => {
    const needs = services.flatMap(([, service]) => Object.entries(service.depends_on));
    expect(needs.length).toBeGreaterThan(0);
    for (const [name, { condition }] of needs) {
      expect(Object.keys(compose.services)).toContain(name);
      expect(['service_started', 'service_healthy']).toContain(condition);
    }
  });
});

describe('the engines are run as the sandbox runs them', () => {
  it('MLflow', () => {
    const engine = mlflowEngine({ python: 'python', port: 5000, directory: scratch, encryptionKey: 'of the volume' });
    const { command, environment } = service('mlflow');
    expect(command).toEqual(engine.args.map((word) => everywhere(word).replace(scratch, '/data')));
    // The key is made where the database is kept; and only here it is called by another name than localhost.
    const { MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, ...wanted } = given(engine.env);
    const { MLFLOW_SERVER_ALLOWED_HOSTS, ...present } = environment;
    expect(present).toEqual(wanted);
    expect(MLFLOW_SERVER_ALLOWED_HOSTS?.split(',')).toEqual(['mlflow:5000', 'localhost:*', '127.0.0.1:*']);
    const script = inheritedInstructions(stages, 'mlflow').find(({ document }) => document !== null);
    expect(script?.document).toMatch(/^export MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY$/m);
    expect(MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY).toBeDefined();
  });

  it('AWS', () => {
    const engine = awsEngine({ python: 'python', port: 4566 });
    const { command, environment } = service('aws');
    expect(command).toEqual(engine.args.map(everywhere));
    const { PYTHONPATH, ...wanted } = given(engine.env);
    expect(environment).toEqual(wanted);
    expect(existsSync(join(PYTHONPATH ?? '', 'aws_emulator/__main__.py'))).toBe(true);
  });

  it('Redis, so that it keeps what a journal was told it has', () => {
    const options = { command: 'redis-server', env: {}, port: 6379, directory: scratch, isDurable: true };
    const { args } = redisEngine({ ...options, settings: [] });
    const [program, ...words] = service('redis').command ?? [];
    expect(program).toBe('redis-server');
    expect(args.slice(args.indexOf('--save'))).toEqual(words);
  });

  it('DynamoDB Local, but for the layout of its image and that it keeps its data', () => {
    const { args } = dynamodbLocalEngine({ java: 'java', port: 8000, libraries: './DynamoDBLocal_lib' });
    const wanted = [...args];
    wanted.splice(wanted.indexOf('-cp'), 3, '-jar', 'DynamoDBLocal.jar');
    wanted.splice(wanted.indexOf('-inMemory'), 2, '-sharedDb', '-dbPath', '/data');
    const { command, tmpfs } = service('dynamodb-local');
    expect(command).toEqual(wanted);
    // Without `exec` its native SQLite does not load: it starts, answers the health check, and fails every call.
    expect(tmpfs).toEqual(['/tmp:exec']);
  });
});

/** Nobody is there to make one: changes in SageMaker are found by polls. */
function withoutQueue({ events: _, ...options }: { readonly events?: unknown }): object {
  return options;
}

describe("the gateway's config", () => {
  it('has the registries of the sandbox, the self-managed one in DynamoDB Local', () => {
    const file = join(scratch, 'registrar.yaml');
    writeGatewayConfig(file, 4000, { aws: 'http://aws:4566', mlflow: 'http://mlflow:5000' }, true);
    // Where MLflow reaches the gateway.
    const text = readFileSync(file, 'utf8').replace('http://127.0.0.1:4000', 'http://gateway:4000');
    const sandbox = readConfig({ text, file, environment: gatewayEnvironment() });
    const moved = sandbox.registries.map((registry) =>
      registry.id === DYNAMODB_ID
        ? { ...registry, options: { ...(registry.options as object), endpoint: 'http://dynamodb-local:8000' } }
        : { ...registry, options: withoutQueue(registry.options as object) },
    );
    // The sandbox polls more often, for nobody else is there to mind.
    expect(loadMounted().registries.map(withoutPace)).toEqual(moved.map(withoutPace));
  });

  it('calls services where they listen', () => {
    const urls = [...read('examples/compose/registrar.yaml').matchAll(/http:\/\/([\w-]+):(\d+)/g)];
    expect(urls.length).toBe(5);
    for (const [url, name = '', port] of urls) {
      expect(compose.services[name]?.ports[0]?.target.toString(), url).toBe(port);
    }
  });

  it('listens where Compose looks for it, and keeps its state in a volume', () => {
    const { server } = loadMounted();
    const { volumes, ports } = service('gateway');
    expect(server).toMatchObject({ host: '0.0.0.0', port: ports[0]?.target });
    expect(volumes).toContainEqual(expect.objectContaining({ type: 'volume', target: server.stateDirectory }));
  });

  it('has the keys that the emulators are used with, a webhook secret, and nothing of another set-up', () => {
    const { MLFLOW_WEBHOOK_SECRET = '' } = gatewayEnvironment();
    const { REGISTRAR_STATE_DIR, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, ...wanted } = given(
      gatewayProcess('registrar.yaml', 4000, MLFLOW_WEBHOOK_SECRET).env,
    );
    expect(gatewayEnvironment()).toEqual(wanted);
    expect(wanted['AWS_ACCESS_KEY_ID']).toBe(AWS_CREDENTIALS.accessKeyId);
  });

  it("is a team's own where it says so", () => {
    const own = readComposeFile({ REGISTRAR_CONFIG: './mine.yaml', REGISTRAR_ENV: './mine.env' }).services['gateway'];
    expect(own?.env_file).toEqual(['./mine.env']);
    expect(own?.volumes).toContainEqual(expect.objectContaining({ source: './mine.yaml', type: 'bind' }));
  });
});

function withoutPace<R extends { readonly options: unknown }>(registry: R) {
  const { pollSeconds: _, ...options } = registry.options as { readonly pollSeconds?: number };
  return { ...registry, options };
}

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
}

/** The user that the container runs as: the service's own, or the last one of its image. */
function userOf({ user, build }: ComposeService): string | undefined {
  const users = inheritedInstructions(stages, build?.target ?? '').filter(({ keyword }) => keyword === 'USER');
  return user ?? users.at(-1)?.text;
}

function runs(target: string): readonly string[] {
  return inheritedInstructions(stages, target)
    .filter(({ keyword }) => keyword === 'RUN')
    .map(({ text }) => text);
}

/** In a container loopback is nobody else's. */
function everywhere(word: string): string {
  return word === '127.0.0.1' ? '0.0.0.0' : word;
}

function given(env: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function gatewayEnvironment(): Record<string, string> {
  const { env_file, environment } = service('gateway');
  return Object.assign({}, ...env_file.map(readEnvFile), environment);
}

/** The config as the container finds it: where `serve` looks when it is not told, with the environment that Compose gives. */
function loadMounted(): GatewayConfig {
  const workdir =
    inheritedInstructions(stages, 'gateway').findLast(({ keyword }) => keyword === 'WORKDIR')?.text ?? '/';
  const file = resolve(workdir, 'registrar.yaml');
  const mounted = service('gateway').volumes.find(({ target }) => target === file);
  if (mounted === undefined) throw new Error(`Nothing is mounted at ${file}.`);
  return readConfig({ text: read(mounted.source), file, environment: gatewayEnvironment() });
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
