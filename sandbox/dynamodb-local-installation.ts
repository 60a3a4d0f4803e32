import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { ensureJava, type Java } from './java.js';
import { projectRoot, toolsDirectory } from './paths.js';
import type { Progress } from './progress.mjs';
import { runLogged } from './run-logged.mjs';

export interface DynamodbLocalInstallation {
  readonly java: string;
  readonly libraries: string;
}

const directory = join(toolsDirectory, 'dynamodb-local');
const stampFile = join(directory, '.complete');
const pomFile = join(projectRoot, 'test/support/dynamodb-local/pom.xml');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Amazon's DynamoDB Local as its pom pins it, from Maven Central, with a Java to run it. */
export function ensureDynamodbLocal(progress: Progress): Promise<DynamodbLocalInstallation> {
  return withFileLock(join(toolsDirectory, 'dynamodb-local.lock'), async () => {
    const isInstalled = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
    const java = await ensureJava({ withMaven: !isInstalled }, progress);
    if (!isInstalled) await progress.step(`Installing DynamoDB Local into ${directory}`, () => install(java));
    return { java: java.java, libraries: directory };
  });
}

async function install({ maven }: Java): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  await runLogged(maven.command, ['-B', '-q', '-f', pomFile, COPY, `-DoutputDirectory=${directory}`], {
    logFile: join(toolsDirectory, 'logs/maven.log'),
    env: { ...process.env, ...maven.env },
  });
  writeFileSync(stampFile, stamp());
}

function stamp(): string {
  return createHash('sha256').update(readFileSync(pomFile)).digest('hex');
}
