import { styleText } from 'node:util';
import { displayWidth } from './table-width.js';
import { isColoured, printable, type Terminal } from './terminal.js';

type Colour = 'green' | 'red' | 'yellow';

export interface Column<R> {
  readonly title: string;
  readonly value: (row: R) => string;
  /** Default: none. */
  readonly colour?: (row: R) => Colour | undefined;
}

const GAP = '  ';

/** Prints rows under their titles, each column as wide as its widest value; nothing at all without rows. */
export function printTable<R>(terminal: Terminal, columns: readonly Column<R>[], rows: readonly R[]): void {
  if (rows.length === 0) return;
  const coloured = isColoured(terminal);
  const cells = columns.map((column) => cellsOf(column, rows, coloured));
  const lines = ['title', ...rows].map((_, line) =>
    cells
      .map((column) => column[line] ?? '')
      .join(GAP)
      .trimEnd(),
  );
  terminal.stdout.write(`${lines.join('\n')}\n`);
}

export function printJson({ stdout }: Terminal, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Of one column: its title and the value of each row, filled up with blanks. Colours come last, for they have no width. */
function cellsOf<R>({ title, value, colour }: Column<R>, rows: readonly R[], coloured: boolean): readonly string[] {
  const texts = [title, ...rows.map((row) => printable(value(row)))];
  const width = Math.max(...texts.map(displayWidth));
  return texts.map((text, index) => {
    const row = rows[index - 1];
    const chosen = row === undefined ? 'bold' : colour?.(row);
    const filled = text + ' '.repeat(width - displayWidth(text));
    return coloured && chosen !== undefined ? styleText(chosen, filled, { validateStream: false }) : filled;
  });
}
