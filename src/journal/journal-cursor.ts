import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { InvalidInputError } from '../domain/errors.js';
import type { Position } from './journal.js';

/** A place in a journal that anybody may keep. */
export interface JournalPlace {
  readonly epoch: string;
  readonly position: Position;
}

/**
 * Writes and reads the cursors of changes: signed, so that nobody makes one up, and bound to nobody: what may be seen from there is judged when it
 * is read. The same place has one spelling, which fits in a URL and in a header as it is.
 */
export interface JournalCursors {
  encode(place: JournalPlace): string;
  /**
   * @returns `RETIRED` where it is signed with a secret that is not among ours (any more): a gap, for nobody can tell whether it was ever ours.
   * @throws InvalidInputError for what is no cursor of changes, or was tampered with.
   */
  decode(cursor: string): JournalPlace | 'RETIRED';
}

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 16;
const MAX_CHARACTERS = 512;
const PLACE = /^(0|[1-9]\d{0,15})-(0|[1-9]\d{0,19}) ([\w-]+)$/;

/** @param secrets The first signs, all verify: a secret is changed by putting the new one in front. */
export function createJournalCursors(secrets: readonly string[]): JournalCursors {
  const keys = secrets.map(deriveKey);
  const [current] = keys;
  if (current === undefined) throw new Error('At least one cursor secret is needed.');
  return {
    encode({ epoch, position }) {
      const signed = Buffer.concat([current.id, Buffer.from(`${position} ${epoch}`)]);
      return Buffer.concat([signed, signatureOf(signed, current)]).toString('base64url');
    },

    decode(cursor) {
      const bytes = Buffer.from(cursor.slice(0, MAX_CHARACTERS), 'base64url');
      // Reading base64 forgives a lot: a cursor has one spelling.
      if (bytes.toString('base64url') !== cursor || bytes.length < KEY_ID_BYTES + SIGNATURE_BYTES) throw notOurs();
      const signed = bytes.subarray(0, -SIGNATURE_BYTES);
      const place = PLACE.exec(signed.subarray(KEY_ID_BYTES).toString());
      const [, ms, sequence, epoch] = place ?? [];
      if (epoch === undefined) throw notOurs();
      const named = keys.filter(({ id }) => id.equals(signed.subarray(0, KEY_ID_BYTES)));
      if (named.length === 0) return 'RETIRED';
      const signature = bytes.subarray(-SIGNATURE_BYTES);
      if (!named.some((key) => timingSafeEqual(signatureOf(signed, key), signature))) throw notOurs();
      return { epoch, position: `${ms}-${sequence}` };
    },
  };
}

interface Key {
  readonly id: Buffer;
  readonly signing: Buffer;
}

function deriveKey(secret: string): Key {
  const derive = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `registrar journal cursor ${purpose}`, length));
  return { id: derive('key id', KEY_ID_BYTES), signing: derive('signature', 32) };
}

function signatureOf(signed: Buffer, { signing }: Key): Buffer {
  return createHmac('sha256', signing).update(signed).digest().subarray(0, SIGNATURE_BYTES);
}

function notOurs(): InvalidInputError {
  return new InvalidInputError(
    'This is not a cursor of changes. Pass a cursor exactly as `changesCursor`, a change, a checkpoint or a gap gave it, or none to begin now.',
  );
}
