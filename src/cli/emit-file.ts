import { readFile, writeFile } from 'node:fs/promises';

/** Writes a generated file that is committed; with `--check` it only says whether the committed one is stale. @returns The exit code. */
export async function emitFile(file: string, content: string): Promise<number> {
  if (!process.argv.includes('--check')) {
    await writeFile(file, content);
    return 0;
  }
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed === content) return 0;
  process.stderr.write(`${file} is not what the code gives. Run \`npm run emit\` and commit the difference.\n`);
  return 1;
}
