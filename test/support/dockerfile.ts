import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './compose-file.js';

export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** `--from=build` as `{ from: 'build' }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows the flags. */
  readonly text: string;
  /** The text of a here-document. */
  readonly document: string | null;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of a stage before this one. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** As much of a Dockerfile's grammar as ours uses: continued lines, comments, flags, one here-document per instruction. */
export function readDockerfile(): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
    if (instruction.keyword !== 'FROM') {
      stages.at(-1)?.instructions.push(instruction);
      continue;
    }
    const [, base = '', name = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.text) ?? [];
    stages.push({ name, base, instructions: [] });
  }
  return stages;
}

/** All that a stage is made of: its own instructions after those of the stages that it is built on. */
export function inheritedInstructions(stages: readonly Stage[], name: string): readonly Instruction[] {
  const stage = stages.find((each) => each.name === name);
  if (stage === undefined) return [];
  return [...inheritedInstructions(stages, stage.base), ...stage.instructions];
}

/** What a COPY takes, and where it puts it. */
export function copied({ text }: Instruction): { readonly sources: readonly string[]; readonly target: string } {
  const words = text.split(/\s+/);
  return { sources: words.slice(0, -1).filter((word) => !word.startsWith('<<')), target: words.at(-1) ?? '' };
}

/** `["node", "main.js"]`; null for a command line, which a shell would run in front of the program, deaf to signals. */
export function execForm({ text }: Instruction): readonly string[] | null {
  return text.startsWith('[') ? (JSON.parse(text) as readonly string[]) : null;
}

/** What `.dockerignore` lets into a build: it names all that it lets in, each a file or a whole folder. */
export function isInBuildContext(path: string): boolean {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (patterns[0] !== '*') throw new Error('.dockerignore has to begin by leaving out everything.');
  return patterns.some((pattern) => pattern.startsWith('!') && `${path}/`.startsWith(`${pattern.slice(1)}/`));
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n');
  const found: Instruction[] = [];
  while (lines.length > 0) {
    let line = lines.shift() ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    while (line.endsWith('\\')) line = `${line.slice(0, -1).trimEnd()} ${(lines.shift() ?? '').trim()}`;
    const [, keyword = '', flags = '', rest = ''] = /^(\w+)((?:\s+--\S+)*)\s+(.*)$/.exec(line) ?? [];
    const [, end] = /<<"?(\w+)"?/.exec(rest) ?? [];
    const document =
      end === undefined
        ? null
        : lines
            .splice(0, lines.indexOf(end) + 1)
            .slice(0, -1)
            .join('\n');
    found.push({ keyword: keyword.toUpperCase(), flags: flagsOf(flags), text: rest, document });
  }
  return found;
}

function flagsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name, value]) => [name, value]));
}
