import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connectPlans, readConfig } from '../app.js';
import { kindInConfig } from '../config/config-schema.js';
import type { ConnectDocument, ConnectPlan } from '../domain/connect.js';
import { InvalidInputError } from '../domain/errors.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-kind.js';
import { readConfigFile } from './read-config-file.js';
import { printable, type Terminal } from './terminal.js';

export interface ConnectOptions {
  readonly config: string;
  readonly registry?: readonly string[];
  readonly format?: string;
  readonly output?: string;
  readonly apply: boolean;
}

/**
 * Prints, writes or applies what has to be there for the registries of a kind to tell of their changes by themselves.
 * @returns 0, or 1 where something could not be applied.
 * @throws InvalidInputError where there is nothing of the kind, the registry or the format.
 */
export async function connect(kind: string, options: ConnectOptions, terminal: Terminal): Promise<number> {
  const config = readConfig(await readConfigFile(options.config));
  const plans = connectPlans(kindOf(kind), config);
  if (plans === null) throw new InvalidInputError(`There is nothing to set up for ${kind}.`);
  const chosen = plans.filter(({ registryIds }) =>
    (options.registry ?? registryIds).some((id) => registryIds.includes(id)),
  );
  const missing = (options.registry ?? []).find((id) => !plans.some(({ registryIds }) => registryIds.includes(id)));
  if (missing !== undefined) throw new InvalidInputError(`The config has no ${kind} registry ${missing}.`);
  if (chosen.length === 0) throw new InvalidInputError(`The config has no ${kind} registry.`);
  if (options.apply) return apply(chosen, terminal);
  const documents = inFormat(
    chosen.flatMap((plan) => plan.documents),
    options.format,
  );
  if (options.output === undefined) print(documents, terminal);
  else await write(documents, options.output, terminal);
  return 0;
}

function kindOf(text: string): RegistryKind {
  const kind = REGISTRY_KINDS.find((candidate) => kindInConfig(candidate) === text);
  if (kind !== undefined) return kind;
  throw new InvalidInputError(`There is no kind ${text}. There are: ${REGISTRY_KINDS.map(kindInConfig).join(', ')}.`);
}

function inFormat(documents: readonly ConnectDocument[], format: string | undefined): readonly ConnectDocument[] {
  if (format === undefined) return documents;
  const found = documents.filter((document) => document.format === format);
  if (found.length > 0) return found;
  const formats = [...new Set(documents.map((document) => document.format))];
  throw new InvalidInputError(`There is nothing in the format ${format}. There is: ${formats.join(', ')}.`);
}

async function apply(plans: readonly ConnectPlan[], { stdout }: Terminal): Promise<number> {
  const applied = plans.flatMap((plan) => plan.apply ?? []);
  if (applied.length === 0) {
    throw new InvalidInputError(
      'This is not for the gateway to apply. Run the command without --apply, and give what it prints to those who may.',
    );
  }
  let isWell = true;
  for (const run of applied) {
    for (const { name, ok, message } of await run()) {
      isWell &&= ok;
      stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${printable(message)}\n`);
    }
  }
  return isWell ? 0 : 1;
}

/** One alone as it is, so that it can be passed on. */
function print(documents: readonly ConnectDocument[], { stdout }: Terminal): void {
  const [only, ...others] = documents;
  if (only !== undefined && others.length === 0) stdout.write(only.text);
  else stdout.write(documents.map(({ fileName, text }) => `### ${fileName}\n\n${text}`).join('\n'));
}

async function write(documents: readonly ConnectDocument[], directory: string, { stderr }: Terminal): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    for (const { fileName, text } of documents) {
      const file = path.join(directory, fileName);
      await writeFile(file, text);
      stderr.write(`${file}\n`);
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(`${directory} cannot be written (${code}). Name another folder with --output.`);
  }
}
