import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * uv does not read pip's configuration, in which a company's mirror and certificates are set: the same settings as the
 * variables that uv reads. What is set for uv itself stays.
 */
export async function indexSettings(python: string): Promise<Record<string, string>> {
  const { stdout } = await execute(python, ['-m', 'pip', 'config', 'list', '--disable-pip-version-check']);
  const pip = readPipConfig(stdout);
  const folders = words(pip.get('find-links')).filter((place) => /^\w+:\/\//.test(place) || existsSync(place));
  const settings: Record<string, string | undefined> = {
    UV_DEFAULT_INDEX: pip.get('index-url'),
    UV_INDEX: words(pip.get('extra-index-url')).join(' '),
    // pip passes over a folder that is not there; uv gives up.
    UV_FIND_LINKS: folders.join(','),
    UV_INSECURE_HOST: words(pip.get('trusted-host')).join(' '),
    SSL_CERT_FILE: pip.get('cert'),
    ALL_PROXY: pip.get('proxy'),
    // The machine's own trust store, as every other program here uses, rather than the one that uv carries.
    UV_SYSTEM_CERTS: 'true',
  };
  return Object.fromEntries(
    Object.entries(settings).filter(
      (entry): entry is [string, string] => Boolean(entry[1]) && process.env[entry[0]] === undefined,
    ),
  );
}

/** Lines such as `global.index-url='https://…'`, from least to most binding: files, `install` over `global`, environment. */
export function readPipConfig(listing: string): Map<string, string> {
  const ranks = [':env:', 'install', 'global'];
  const settings = new Map<string, string>();
  for (const rank of ranks.toReversed()) {
    for (const line of listing.split('\n')) {
      const [, section, key, value] = /^([^.]+)\.([^=]+)='(.*)'$/.exec(line) ?? [];
      if (section === rank && key !== undefined && value !== undefined) settings.set(key, value);
    }
  }
  return settings;
}

function words(value: string | undefined): readonly string[] {
  // pip prints a value of several lines with the line ends as `\n`.
  return (value ?? '').split(/(?:\s|\\n)+/).filter((word) => word !== '');
}
