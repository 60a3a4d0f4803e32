// Steps on the terminal, one line each, with the time they took. Plain JavaScript: it also runs before anything is installed.

const HEARTBEAT_MS = 10_000;
const REDRAW_MS = 500;

/**
 * @typedef {object} Progress
 * @property {<T>(title: string, work: () => Promise<T>, describe?: (result: T) => string | undefined) => Promise<T>} step
 *   Runs `work` and says how long it took; `describe` may add what came of it. A long one keeps showing life.
 * @property {(text: string) => void} note One line of its own, also in the middle of a step.
 */

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean }} [out]
 * @returns {Progress}
 */
export function createProgress(out = process.stdout) {
  const isTerminal = out.isTTY === true;
  const clear = isTerminal ? '\r\u001b[2K' : '';
  /** @type {(() => void) | undefined} */
  let redraw;

  /** @param {string} text */
  const note = (text) => {
    out.write(`${clear}${text}\n`);
    redraw?.();
  };

  return {
    note,
    async step(title, work, describe) {
      const startedAt = Date.now();
      const draw = () => out.write(`${clear}  … ${title} (${seconds(startedAt)})${isTerminal ? '' : '\n'}`);
      if (isTerminal) redraw = draw;
      const heartbeat = setInterval(draw, isTerminal ? REDRAW_MS : HEARTBEAT_MS);
      const finish = (/** @type {string} */ mark, /** @type {string | undefined} */ detail) => {
        clearInterval(heartbeat);
        redraw = undefined;
        note(`  ${mark} ${title} (${seconds(startedAt)})${detail === undefined ? '' : `: ${detail}`}`);
      };
      try {
        const result = await work();
        finish('✓', describe?.(result));
        return result;
      } catch (error) {
        finish('✗', undefined);
        throw error;
      }
    },
  };
}

/** @param {number} startedAt */
function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}
