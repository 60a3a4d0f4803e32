import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

// Holds the table of who may import whom. A file is its path from the root of the repository; a specifier is such a path too where it is ours,
// and the name of a package otherwise.

const ROOT = join(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

interface Rule {
  /** The files that it is about. */
  readonly files: RegExp;
  /** All that they may import. */
  readonly may: readonly RegExp[];
  /** Of that, what only as a type. */
  readonly mayAsType?: readonly RegExp[];
}

const NODE = /^node:/;
const DOMAIN = /^src\/domain\//;
const ZOD = /^zod$/;

/** The SDK of each adapter. A new adapter has no packages until it has its line here. */
const SDKS: Readonly<Record<string, RegExp>> = {
  memory: /^ulid$/,
  sagemaker: /^@aws-sdk\/client-(sagemaker|s3|sts|sqs)$/,
  mlflow: /^undici$/,
  dynamodb: /^(@aws-sdk\/(client-(dynamodb|dynamodb-streams|sts)|lib-dynamodb|util-dynamodb)|ulid)$/,
};

const RULES: Readonly<Record<string, Rule>> = {
  'src/domain': { files: /^src\/domain\//, may: [DOMAIN] },
  'src/config': {
    files: /^src\/config\//,
    // How AWS is reached, and what an address of the public internet is, is said in one way, for the config and for those who use it.
    may: [
      DOMAIN,
      /^src\/config\//,
      /^adapters\/shared\/aws-client\.js$/,
      /^src\/notify\/public-address\.js$/,
      ZOD,
      /^yaml$/,
      NODE,
    ],
    mayAsType: [/^src\/app\.js$/],
  },
  'src/access': { files: /^src\/access\//, may: [DOMAIN, /^src\/access\//, /^jose$/, NODE] },
  'src/catalog': {
    files: /^src\/catalog\//,
    may: [DOMAIN, /^src\/(catalog|wrappers|cache)\//, /^dataloader$/, NODE],
    mayAsType: [/^src\/journal\/(journal|feed|journal-cursor)\.js$/],
  },
  'src/changes': {
    files: /^src\/changes\//,
    may: [
      DOMAIN,
      /^src\/changes\//,
      /^src\/journal\/(?!memory-|redis-)/,
      /^src\/catalog\/(page-args|selection)\.js$/,
      NODE,
    ],
    mayAsType: [/^src\/catalog\//],
  },
  'src/approvals': {
    files: /^src\/approvals\/(?!policy|ledger)/,
    may: [DOMAIN, /^src\/approvals\//, /^src\/journal\/(journal|change-id)\.js$/, /^canonicalize$/, NODE],
    mayAsType: [/^src\/governance\/store\.js$/],
  },
  'src/approvals/ledger': {
    files: /^src\/approvals\/ledger\//,
    may: [DOMAIN, /^src\/approvals\/ledger\//, /^src\/governance\/(order|entry-text)\.js$/, /^canonicalize$/, NODE],
    mayAsType: [/^src\/governance\/store\.js$/],
  },
  'src/governance': {
    files: /^src\/governance\/[\w-]+\.ts$/,
    may: [DOMAIN, /^src\/governance\//, NODE],
    mayAsType: [/^adapters\/shared\/aws-client\.js$/],
  },
  'src/governance/sqlite': {
    files: /^src\/governance\/sqlite\//,
    may: [DOMAIN, /^src\/governance\/(sqlite\/|[\w-]+\.js$)/, NODE],
  },
  'src/governance/dynamodb': {
    files: /^src\/governance\/dynamodb\//,
    may: [
      DOMAIN,
      /^src\/governance\/(dynamodb\/|[\w-]+\.js$)/,
      /^adapters\/shared\/(aborted|aws-client|network-codes)\.js$/,
      /^@aws-sdk\/(client-dynamodb|lib-dynamodb)$/,
      NODE,
    ],
  },
  'src/approvals/policy': {
    files: /^src\/approvals\/policy\/(?!expressions)/,
    may: [DOMAIN, /^src\/approvals\/policy\//, NODE],
  },
  'src/approvals/policy/expressions.ts': {
    files: /^src\/approvals\/policy\/expressions\.ts$/,
    may: [DOMAIN, /^src\/approvals\/policy\//, /^@marcbachmann\/cel-js$/],
  },
  'src/mutations': {
    files: /^src\/mutations\//,
    may: [DOMAIN, /^src\/(mutations|approvals)\//, /^canonicalize$/, NODE],
    mayAsType: [/^src\/catalog\//, /^src\/governance\/store\.js$/],
  },
  'src/journal': { files: /^src\/journal\/(?!redis-)/, may: [DOMAIN, /^src\/journal\//, NODE] },
  'src/journal/redis-…': { files: /^src\/journal\/redis-/, may: [DOMAIN, /^src\/journal\//, /^ioredis$/, NODE] },
  'src/sync': {
    files: /^src\/sync\//,
    may: [DOMAIN, /^src\/(sync|wrappers)\//, /^src\/journal\/(?!memory-|redis-)/, NODE],
    mayAsType: [/^src\/catalog\//, /^src\/approvals\//],
  },
  'src/notify': {
    files: /^src\/notify\//,
    may: [
      DOMAIN,
      /^src\/notify\//,
      // A gap is told in the same words to whoever listens.
      /^src\/changes\/gap-item\.js$/,
      /^src\/journal\/(?!memory-|redis-)/,
      /^adapters\/shared\/retry-after\.js$/,
      /^(undici|standardwebhooks)$/,
      NODE,
    ],
    mayAsType: [/^src\/changes\/journal-item\.js$/],
  },
  // Parts of the story that app.ts tells: they know as many as it does, but for the adapters and the schema.
  'src/compose': { files: /^src\/compose\//, may: [DOMAIN, /^src\/(?!app\.|cli\/)/, NODE], mayAsType: [/^pino$/] },
  'src/wrappers': { files: /^src\/wrappers\//, may: [DOMAIN, /^src\/(catalog|wrappers|cache)\//, NODE] },
  'src/server': {
    files: /^src\/server\//,
    may: [
      DOMAIN,
      /^src\/server\//,
      /^src\/context\.js$/,
      /^graphql$/,
      /^@apollo\/server(\/|$)/,
      /^@graphql-yoga\/render-graphiql$/,
      /^(ws|graphql-ws|graphql-sse)(\/|$)/,
      NODE,
    ],
    mayAsType: [/^src\/(catalog|changes|config|journal)\//, /^pino$/],
  },
  'src/context.ts': {
    files: /^src\/context\.ts$/,
    may: [DOMAIN, NODE],
    mayAsType: [/^src\/(catalog|changes|approvals|mutations|wrappers|config|journal|sync)\//, /^pino$/, /^graphql$/],
  },
  'src/cli/emit-schema.ts': {
    // A tool of the schema's own, run by `npm run emit`: it needs the schema and no app.
    files: /^src\/cli\/emit-schema\.ts$/,
    may: [/^schema\/index\.js$/, /^src\/cli\//, /^graphql$/, NODE],
  },
  'src/cli/ledger-…': {
    // They read the ledger itself, and work where no gateway runs.
    files: /^src\/cli\/ledger-[\w-]+\.ts$/,
    may: [DOMAIN, /^src\/(config|cli)\//, /^src\/app\.js$/, /^src\/approvals\/ledger\/[\w-]+\.js$/, NODE],
  },
  'src/cli': {
    files: /^src\/cli\/(?!emit-schema\.ts|ledger-)/,
    may: [DOMAIN, /^src\/(config|cli)\//, /^src\/app\.js$/, /^(commander|undici|pino)$/, NODE],
  },
  schema: {
    files: /^schema\//,
    may: [DOMAIN, /^schema\//, /^(type-graphql|graphql|graphql-scalars|reflect-metadata)$/, NODE],
    mayAsType: [/^src\/context\.js$/],
  },
  'adapters/shared': {
    files: /^adapters\/shared\//,
    may: [DOMAIN, /^adapters\/shared\//, ZOD, /^(undici|@aws-sdk\/[\w-]+|@smithy\/[\w-]+)$/, NODE],
  },
  'adapters/index.ts': { files: /^adapters\/index\.ts$/, may: [DOMAIN, /^adapters\/[\w-]+\/index\.js$/, ZOD] },
};

const files = ['src', 'schema', 'adapters', 'sandbox'].flatMap((folder) => sources(folder));
const imports = files.flatMap(importsOf);
const adapters = folders('adapters').filter((name) => name !== 'shared');

describe('who may import whom', () => {
  it('finds the sources and their imports', () => {
    expect(files).toContain('src/domain/registry.ts');
    expect(imports).toContainEqual({ from: 'src/domain/registry.ts', to: 'src/domain/page.js', isTypeOnly: true });
    expect(imports).toContainEqual({ from: 'adapters/memory/options.ts', to: 'zod', isTypeOnly: false });
  });

  it.each(Object.entries(RULES))('%s', (_, rule) => {
    expect(offences(rule)).toEqual([]);
  });

  it.each(adapters)('adapters/%s knows the domain, what is shared, and its SDK', (name) => {
    const sdk = SDKS[name];
    expect(sdk, `${name} has no line in SDKS`).toBeDefined();
    const may = [DOMAIN, new RegExp(`^adapters/(${name}|shared)/`), ZOD, NODE, ...(sdk === undefined ? [] : [sdk])];
    expect(offences({ files: new RegExp(`^adapters/${name}/`), may })).toEqual([]);
  });

  it('nobody but the entry, the commands and tests imports the app', () => {
    const importers = imports
      .filter(({ to, isTypeOnly }) => to === 'src/app.js' && !isTypeOnly)
      .map(({ from }) => from);
    expect(importers.filter((from) => !/^src\/(main\.ts|cli\/)/.test(from) && !from.startsWith('sandbox/'))).toEqual(
      [],
    );
  });

  it('nothing in src, schema or adapters imports the sandbox or tests', () => {
    const importers = imports.filter(({ from, to }) => !from.startsWith('sandbox/') && /^(sandbox|test)\//.test(to));
    expect(importers).toEqual([]);
  });

  it('the first step of the start needs nothing that has to be installed', () => {
    const start = imports.filter(({ from }) => from === 'sandbox/start.mjs').map(({ to }) => to);
    expect(start.filter((to) => !NODE.test(to) && !/^sandbox\/.*\.mjs$/.test(to))).toEqual([]);
  });

  it('adapters read no environment: what they need comes by their options', () => {
    const readers = files.filter((file) => file.startsWith('adapters/') && /\bprocess\.env\b/.test(read(file)));
    expect(readers).toEqual([]);
  });

  it('the folders of src know each other in one direction only', () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to } of imports.filter((each) => each.from.startsWith('src/') && each.to.startsWith('src/'))) {
      const [source, target] = [unit(from), unit(to)];
      if (source !== target) edges.set(source, (edges.get(source) ?? new Set()).add(target));
    }
    expect(cycles(edges)).toEqual([]);
    edges.set('src/domain', new Set(['src/catalog']));
    expect(cycles(edges), 'and a cycle would be found').toContainEqual(expect.stringContaining('src/catalog'));
  });
});

describe('every adapter has the same files', () => {
  it.each(adapters)('%s', (name) => {
    const needed = ['index.ts', 'options.ts', 'adapter.ts', 'map.ts'];
    // Without an upstream there is no word of a vendor's to translate.
    if (name !== 'memory') needed.push('errors.ts');
    expect(readdirSync(join(ROOT, 'adapters', name))).toEqual(expect.arrayContaining(needed));
  });
});

function offences({ files: about, may, mayAsType = [] }: Rule): string[] {
  return imports
    .filter(({ from }) => about.test(from))
    .filter(({ to, isTypeOnly }) => ![...may, ...(isTypeOnly ? mayAsType : [])].some((allowed) => allowed.test(to)))
    .map(({ from, to }) => `${from} imports ${to}`);
}

function importsOf(from: string): Import[] {
  // Statements only: they begin a line. The clause is anything but a quote or a semicolon, over as many lines as it takes.
  const statement = /^(?:import|export)\s+(type\s)?([^'";]*?\bfrom\s+)?['"]([^'"]+)['"]/gm;
  const text = read(from);
  const found = [...text.matchAll(statement)].map(([, type, clause, to = '']) => ({
    from,
    to: resolved(from, to),
    isTypeOnly: type !== undefined || (clause !== undefined && hasOnlyTypes(clause)),
  }));
  const dynamic = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)].map(([, to = '']) => ({
    from,
    to: resolved(from, to),
    isTypeOnly: false,
  }));
  return [...found, ...dynamic];
}

/** `{ type A, type B } from`: nothing of it is left at run time that matters here. */
function hasOnlyTypes(clause: string): boolean {
  const names =
    /^\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? [];
  const given = names.filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

function resolved(from: string, to: string): string {
  return to.startsWith('.') ? posix(normalize(join(dirname(from), to))) : to;
}

/** A folder of `src`, or a file that stands directly in it. */
function unit(path: string): string {
  return path
    .split('/')
    .slice(0, 2)
    .join('/')
    .replace(/\.[jt]s$/, '');
}

function cycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found: string[] = [];
  const visit = (path: readonly string[]) => {
    for (const next of edges.get(path.at(-1) ?? '') ?? []) {
      // Each cycle is told once, from the least of its members.
      if (next === path[0]) found.push([...path, next].join(' → '));
      else if (!path.includes(next) && next > (path[0] ?? '')) visit([...path, next]);
    }
  };
  for (const start of edges.keys()) visit([start]);
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name))
    .map((entry) => posix(relative(ROOT, join(entry.parentPath, entry.name))));
}

function folders(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
