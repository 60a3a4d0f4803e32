/** The most that one value of customer metadata holds. */
export const VALUE_MAX = 256;
const FITS = /^[\p{L}\p{Z}\p{N}_.:/+\-@]$/u;

/** A text as customer metadata holds it, by character: `=` and two hexadecimal digits stand for each byte of what the metadata cannot hold. */
export function encoded(text: string): readonly string[] {
  return Array.from(text, (character) => (FITS.test(character) ? character : escaped(character)));
}

export function decoded(text: string): string {
  return text.replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'),
  );
}

function escaped(character: string): string {
  return Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
