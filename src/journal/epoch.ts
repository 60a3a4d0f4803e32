import { randomBytes } from 'node:crypto';

/** Short, for it stands in every cursor; and by no chance the same as that of a journal from before. */
export function newEpoch(): string {
  return randomBytes(12).toString('base64url');
}
