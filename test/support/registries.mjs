// `REGISTRIES=mlflow,dynamodb npm test` runs a part: the tests that need no engine, and the adapters named, on these engines.
//
//   sagemaker   aws                    test/adapters/sagemaker*.test.ts, test/emulator
//   mlflow      mlflow                 test/adapters/mlflow*.test.ts
//   dynamodb    aws, dynamodb-local    test/adapters/dynamodb*.test.ts
//   memory      none                   test/adapters/memory*.test.ts
//
// Every run has a Redis, for the journal: it is up in no time.
//
// What needs all of them together (test/integration, test/sandbox/start.test.ts) runs only in a whole run, which is one without the variable.

/** @typedef {import('../../sandbox/tools.js').EngineName} EngineName */

/** @type {Readonly<Record<string, readonly EngineName[]>>} */
const ENGINES = {
  sagemaker: ['aws'],
  mlflow: ['mlflow'],
  dynamodb: ['aws', 'dynamodb-local'],
  memory: [],
};

/** @type {readonly EngineName[]} */
const ALWAYS = ['redis'];

const kinds = Object.keys(ENGINES);
const { REGISTRIES = '' } = process.env;
const named = REGISTRIES.split(',')
  .map((name) => name.trim())
  .filter((name) => name !== '');
const unknown = named.filter((name) => !kinds.includes(name));
if (unknown.length > 0) {
  throw new Error(`REGISTRIES names ${unknown.join(', ')}, but there are only ${kinds.join(', ')}.`);
}

export const isWholeRun = named.length === 0;

/** @type {readonly string[]} */
export const selectedRegistries = isWholeRun ? kinds : named;

/** @type {readonly EngineName[]} */
export const selectedEngines = [...new Set([...ALWAYS, ...selectedRegistries.flatMap((name) => ENGINES[name] ?? [])])];

/** Patterns of the test files that this run leaves out. */
export const excludedTests = isWholeRun
  ? []
  : [
      ...kinds.filter((name) => !named.includes(name)).map((name) => `test/adapters/${name}*.test.ts`),
      'test/integration/**',
      'test/sandbox/start.test.ts',
    ];
