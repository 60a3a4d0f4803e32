import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ROOT } from '../support/compose-file.js';
import { copied, execForm, inheritedInstructions, isInBuildContext, readDockerfile } from '../support/dockerfile.js';

const stages = readDockerfile();
const names = stages.map(({ name }) => name);
const images = ['gateway', 'aws', 'mlflow', 'dynamodb-local'];

const packageJson = z
  .object({ bin: z.object({ registrar: z.string() }), devDependencies: z.object({ node: z.string() }) })
  .parse(JSON.parse(read('package.json')));

describe('Dockerfile', () => {
  it('has a stage for each image, and stages that those are made from', () => {
    expect(names).toEqual(['build', 'packages', 'gateway', 'python', 'aws', 'mlflow', 'dynamodb-local']);
  });

  it.each(stages)('$name starts from a pinned image or a stage before it', ({ name, base }) => {
    const before = names.slice(0, names.indexOf(name));
    if (!before.includes(base)) expect(base).toMatch(/^[a-z/-]+:\d+\.\d+\.\d+(-[a-z-]+)?$/);
  });

  it('has the versions that everything else runs with', () => {
    const bases = new Map(stages.map(({ name, base }) => [name, base]));
    const node = `node:${packageJson.devDependencies.node}-bookworm-slim`;
    expect([bases.get('build'), bases.get('packages'), bases.get('gateway')]).toEqual([node, node, node]);
    expect(bases.get('dynamodb-local')).toBe(`amazon/dynamodb-local:${dynamodbLocalVersion()}`);
    const [, python = ''] = /--python-version (\S+)/.exec(read('sandbox/requirements.lock')) ?? [];
    expect(bases.get('python')).toMatch(new RegExp(`^python:${python.replace('.', '\\.')}\\.\\d+-slim`));
  });

  it('installs what the lock files say', () => {
    expect(runs('build')).toContainEqual(expect.stringMatching(/^npm ci (?!.*--omit=dev)/));
    expect(runs('packages')).toContainEqual(expect.stringMatching(/^npm ci --omit=dev /));
    for (const image of ['aws', 'mlflow']) {
      const lock = inheritedInstructions(stages, image).find(({ text }) =>
        text.startsWith('sandbox/requirements.lock '),
      );
      const target = lock && copied(lock).target;
      expect(runs(image)).toContainEqual(expect.stringMatching(`^pip install --require-hashes .* -r ${target}$`));
    }
    for (const pinned of read('sandbox/requirements.in').match(/^(mlflow|moto).*==.*$/gm) ?? []) {
      expect(read('sandbox/requirements.lock')).toContain(`\n${pinned.replace(/\[.*\]/, '')} \\\n`);
    }
  });

  it('copies what is there and what a build gets to see', () => {
    const sources = copies()
      .filter(({ flags }) => flags['from'] === undefined)
      .flatMap((copy) => copied(copy).sources);
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(isInBuildContext(source), source).toBe(true);
    }
  });

  it('copies from stages that come before', () => {
    for (const [index, { name, instructions }] of stages.entries()) {
      const from = instructions.flatMap(({ flags }) => flags['from'] ?? []);
      expect(names.slice(0, index), name).toEqual(expect.arrayContaining(from));
    }
  });

  it('compiles all that the build is told to compile', () => {
    const { include } = z.object({ include: z.array(z.string()) }).parse(readTsconfig());
    const sources = stages
      .find(({ name }) => name === 'build')
      ?.instructions.filter(({ keyword }) => keyword === 'COPY');
    expect(sources?.flatMap((copy) => copied(copy).sources)).toEqual(expect.arrayContaining(include));
  });

  it('runs the command of the package, with all that it imports', () => {
    const targets = copies('gateway').map((copy) => copied(copy).target);
    expect(last('gateway', 'ENTRYPOINT')).toEqual(['node', `/app/${packageJson.bin.registrar}`]);
    // Beside its own folder, what `src/app.ts` imports from.
    const folders = [...read('src/app.ts').matchAll(/from '\.\.\/(\w+)\//g)].map(([, folder]) => `/app/dist/${folder}`);
    expect(targets).toEqual(
      expect.arrayContaining(['/app/package.json', '/app/node_modules', '/app/dist/src', ...folders]),
    );
    expect(folders.length).toBeGreaterThan(0);
  });

  it.each(images)('%s runs its program itself, as a user of its own, and says what it is', (image) => {
    const instructions = inheritedInstructions(stages, image);
    const commands = instructions.filter(({ keyword }) => keyword === 'ENTRYPOINT' || keyword === 'CMD');
    for (const command of commands) expect(execForm(command), command.text).not.toBeNull();
    expect(instructions.findLast(({ keyword }) => keyword === 'USER')?.text).toMatch(/^(?!root$|0$)\w+$/);
    const labels = instructions
      .filter(({ keyword }) => keyword === 'LABEL')
      .map(({ text }) => text)
      .join(' ');
    expect(labels).toMatch(/org\.opencontainers\.image\.title="[^"]+"/);
    expect(labels).toMatch(/org\.opencontainers\.image\.description="[^"]+"/);
  });

  it('brings the emulator where Python looks for it', () => {
    const target = copies('aws')
      .map(copied)
      .find(({ sources }) => sources.includes('sandbox/aws_emulator'))?.target;
    const [, path] = /^PYTHONPATH=(\S+)$/.exec(last('aws', 'ENV')?.toString() ?? '') ?? [];
    expect(target).toBe(`${path}/aws_emulator`);
  });

  it("starts MLflow with the key of the volume's database", () => {
    const script = copies('mlflow').find(({ document }) => document !== null);
    expect(last('mlflow', 'ENTRYPOINT')).toEqual([
      script && copied(script).target.replace('/usr/local/bin/', ''),
      'python',
    ]);
    expect(script?.flags['chmod']).toBe('0755');
    expect(script?.document).toMatch(/^#!\/bin\/sh\n/);
    expect(script?.document?.trimEnd().endsWith('exec "$@"')).toBe(true);
  });
});

describe('.dockerignore', () => {
  it.each(['.env', 'registrar.env', 'registrar.yaml', '.git', '.registrar', 'node_modules', 'dist', 'srcs'])(
    'keeps %s out of every build',
    (path) => expect(isInBuildContext(path)).toBe(false),
  );
});

function copies(image?: string) {
  const all =
    image === undefined ? stages.flatMap(({ instructions }) => instructions) : inheritedInstructions(stages, image);
  return all.filter(({ keyword }) => keyword === 'COPY');
}

function runs(stage: string): readonly string[] {
  const all = inheritedInstructions(stages, stage).filter(({ keyword }) => keyword === 'RUN');
  return all.map(({ text }) => text);
}

/** The last such instruction of an image: its words where it has the exec form, else its text. */
function last(image: string, keyword: string) {
  const found = inheritedInstructions(stages, image).findLast((each) => each.keyword === keyword);
  return found && (execForm(found) ?? found.text);
}

function dynamodbLocalVersion(): string | undefined {
  const pom = read('test/support/dynamodb-local/pom.xml');
  return /<artifactId>DynamoDBLocal<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1];
}

function readTsconfig(): unknown {
  return JSON.parse(read('tsconfig.json').replace(/^\s*\/\/.*$/gm, ''));
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
