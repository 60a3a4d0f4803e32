import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { InvalidInputError } from '../domain/errors.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import { createGraphQLClient, type GraphQLClient, type GraphQLClientOptions } from './graphql-client.js';
import type { Terminal } from './terminal.js';

/** What every command has that asks a running gateway. */
export interface GatewayOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  /** In seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';
const DEFAULT_TIMEOUT_SECONDS = 60;
/** The longest that a timer can wait. */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

const TOKEN_HELP = `
The token, or API key, is read from the environment variable REGISTRAR_TOKEN or from --token-file. There is no option
for the token itself: lists of processes show what a command was called with.`;

export function addGatewayOptions(command: Command): Command {
  return command
    .option('--url <url>', `the gateway (default: $REGISTRAR_URL, or ${DEFAULT_URL})`)
    .option('--token-file <file>', 'a file with the token (default: $REGISTRAR_TOKEN)')
    .option('--timeout <seconds>', 'how long one answer may take', parseSeconds, DEFAULT_TIMEOUT_SECONDS)
    .option('--json', 'print JSON instead of a table', false)
    .addHelpText('after', `${TOKEN_HELP}\n${EXIT_CODES_HELP}`);
}

/** @throws InvalidInputError when the address or the token is none. */
export async function readConnection(options: GatewayOptions, terminal: Terminal): Promise<GraphQLClientOptions> {
  return {
    url: readUrl(options.url ?? (terminal.env['REGISTRAR_URL'] || DEFAULT_URL)),
    token: await readToken(options.tokenFile, terminal),
    timeoutMs: options.timeout * 1000,
  };
}

/** @throws InvalidInputError when the address or the token is none. */
export async function openClient(options: GatewayOptions, terminal: Terminal): Promise<GraphQLClient> {
  return createGraphQLClient(await readConnection(options, terminal));
}

/** An argument that is a whole number from 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('Give a whole number from 1.');
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`Give seconds: more than 0, at most ${MAX_SECONDS}.`);
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInputError(`The gateway's URL is to be like ${DEFAULT_URL}. Give it by --url or REGISTRAR_URL.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidInputError("The gateway's URL must hold no password. Give a token by REGISTRAR_TOKEN.");
  }
  return url;
}

async function readToken(file: string | undefined, { env }: Terminal): Promise<string | null> {
  const [source, text] =
    file === undefined ? ['REGISTRAR_TOKEN', env['REGISTRAR_TOKEN'] ?? ''] : [file, await readTokenFile(file)];
  const token = text.trim();
  if (token === '' && file === undefined) return null;
  // What is in it is a secret, or was meant to be: it is not shown.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new InvalidInputError(`What ${source} holds is no token: it is to be one line of ASCII without blanks.`);
}

function readTokenFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(`The token file ${file} cannot be read (${error.code ?? 'unknown'}).`, {
      cause: error,
    });
  });
}
