import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Column, printTable } from '../../../src/cli/table.js';
import { displayWidth } from '../../../src/cli/table-width.js';
import { printable } from '../../../src/cli/terminal.js';

interface Row {
  readonly name: string;
  readonly state: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state, colour: ({ state }) => (state === 'bad' ? 'red' : undefined) },
];

function printed(rows: readonly Row[], isTTY = false, env: Record<string, string> = {}): string {
  const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  printTable({ stdin: process.stdin, stdout, stderr: process.stderr, env }, columns, rows);
  return (stdout.read() as string | null) ?? '';
}

describe('displayWidth', () => {
  it.each([
    ['plain', 5],
    ['', 0],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['猫モデル', 8],
    ['한국어', 6],
    ['\u1112\u1161\u11ab', 2],
    ['ＡＢ', 4],
    ['ｱ', 1],
    ['🚀', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['→', 1],
    ['a\u200bb', 2],
    ['𠀀', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('printable', () => {
  it('shows what would move the cursor, colour the screen, begin a line or turn the text around', () => {
    expect(printable('a\u001b[31mb\r\n\u009bc\u202e')).toBe('a\\u001b[31mb\\u000d\\u000a\\u009bc\\u202e');
  });

  it('leaves all else', () => {
    expect(printable('naïve 猫 👩‍👩‍👧 \\')).toBe('naïve 猫 👩‍👩‍👧 \\');
  });
});

describe('a table', () => {
  const rows = [
    { name: '猫', state: 'good' },
    { name: 'plain', state: 'bad' },
  ];

  it('is aligned by what a terminal shows, without blanks at the ends of lines', () => {
    expect(printed(rows)).toBe('NAME   STATE\n猫     good\nplain  bad\n');
  });

  it('is nothing at all without rows', () => {
    expect(printed([])).toBe('');
  });

  it('has colours on a screen alone, and not where they are not wanted', () => {
    const red = '\u001b[31mbad  \u001b[39m';
    expect(printed(rows, true)).toContain(red);
    expect(printed(rows, true)).toContain('\u001b[1mNAME \u001b[22m');
    expect(printed(rows, false)).not.toContain('\u001b');
    expect(printed(rows, true, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(printed(rows, true, { NO_COLOR: '' })).toContain(red);
    expect(printed(rows, true, { TERM: 'dumb' })).not.toContain('\u001b');
  });

  it('shows controls in a value as escapes', () => {
    expect(printed([{ name: 'a\u001b[2J\nb', state: '' }])).toBe('NAME               STATE\na\\u001b[2J\\u000ab\n');
  });
});
