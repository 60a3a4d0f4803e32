import { InvalidInputError } from '../../src/domain/errors.js';
import type { CallSite } from './errors.js';

const CONTENT_MAX = 100_000;

/**
 * A model card as SageMaker holds it: JSON in one line.
 * @throws InvalidInputError where it is too long.
 */
export function toCardContent(modelCard: unknown, site: CallSite): string {
  // JSON leaves these line separators as they are, and SageMaker's text has no lines.
  const content = JSON.stringify(modelCard).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (content.length > CONTENT_MAX) {
    throw new InvalidInputError(`\`modelCard\` has ${content.length} characters as JSON, at most ${CONTENT_MAX} fit.`, {
      ...site,
    });
  }
  return content;
}
