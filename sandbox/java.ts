import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackages, unpackDebianPackages } from './debian.js';
import { projectRoot, toolsDirectory } from './paths.js';
import type { Progress } from './progress.mjs';
import { runLogged } from './run-logged.mjs';

const execute = promisify(execFile);

export interface Java {
  readonly java: string;
  readonly maven: { readonly command: string; readonly env: Readonly<Record<string, string>> };
}

// DynamoDB Local 2 is compiled for it.
const MINIMUM = 17;
const PACKAGES = ['default-jdk-headless', 'maven'];
const HELP = 'Java 17 or later and Maven are needed and not on PATH. Install both.';
const ON_PATH: Java = { java: 'java', maven: { command: 'mvn', env: {} } };

/** Java and Maven from PATH; else Debian's packages, installed by root and unpacked under `.registrar/` by anybody else. */
export async function ensureJava(needs: { readonly withMaven: boolean }, progress: Progress): Promise<Java> {
  if (await isOnPath(needs)) return ON_PATH;
  if (process.getuid?.() === 0) {
    await progress.step(`Installing Debian's ${PACKAGES.join(' and ')}`, () => installDebianPackages(PACKAGES, HELP));
    return ON_PATH;
  }
  const directory = join(toolsDirectory, 'debian');
  const title = `Unpacking Debian's ${PACKAGES.join(' and ')} into ${directory}`;
  const { root } = await unpackDebianPackages(PACKAGES, directory, HELP, (work) => progress.step(title, work));
  return fromTree(root);
}

async function isOnPath({ withMaven }: { readonly withMaven: boolean }): Promise<boolean> {
  const [javaVersion, mavenVersion] = await Promise.all([output('java', '-version'), output('mvn', '--version')]);
  const [, major] = /version "(\d+)/.exec(javaVersion) ?? [];
  return Number(major) >= MINIMUM && (!withMaven || mavenVersion.includes('Apache Maven'));
}

/** Java's home and trust store are not where the packages' own install steps would have put them. */
async function fromTree(root: string): Promise<Java> {
  const home = join(root, 'usr/lib/jvm/default-java');
  const java = join(home, 'bin/java');
  const trustStore = join(root, 'trust-store.p12');
  if (!existsSync(trustStore)) await makeTrustStore(java, trustStore);
  const options = `-Djavax.net.ssl.trustStore=${trustStore} -Djavax.net.ssl.trustStorePassword=changeit`;
  const command = join(root, 'usr/share/maven/bin/mvn');
  return { java, maven: { command, env: { JAVA_HOME: home, MAVEN_OPTS: options } } };
}

/** Of what the rest of the machine trusts. */
async function makeTrustStore(java: string, file: string): Promise<void> {
  const { SSL_CERT_FILE = '/etc/ssl/certs/ca-certificates.crt' } = process.env;
  await runLogged(java, [join(projectRoot, 'sandbox/TrustStore.java'), SSL_CERT_FILE, file], {
    logFile: join(toolsDirectory, 'logs/trust-store.log'),
  });
}

async function output(command: string, argument: string): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, [argument]);
    return stdout + stderr;
  } catch {
    return '';
  }
}
