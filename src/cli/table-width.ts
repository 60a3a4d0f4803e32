const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Two columns: what Unicode counts as wide or full-width, and what is shown as a picture. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u;
/** No column: marks and joiners that stand alone. */
const ZERO = /^[\p{M}\p{Cf}]+$/u;

/** How many columns a terminal takes to show a text without controls. */
export function displayWidth(text: string): number {
  // Most text is this, and needs no cutting up.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (!ZERO.test(segment)) width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}
