import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** Makes texts that nobody can read or change, and that say the same for the same text. */
export interface CursorCipher {
  seal(text: string): string;
  /** Undefined for whatever `seal` did not give under one of the secrets. */
  open(sealed: string): string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** A text's length tells of what is in it; only the number of such blocks is seen. */
const BLOCK_BYTES = 64;

/** @param secrets The first encrypts, all decrypt: a secret is changed by putting the new one in front. */
export function createCursorCipher(secrets: readonly string[]): CursorCipher {
  const [current, ...older] = secrets.map(deriveKeys);
  if (current === undefined) throw new Error('At least one cursor secret is needed.');
  return {
    seal(text) {
      const plain = padded(text);
      // Made from the text itself: a nonce comes twice only with the same text, and the same page has the same cursors each time it is read.
      const nonce = createHmac('sha256', current.nonce).update(plain).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, current.encryption, nonce, { authTagLength: TAG_BYTES });
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },

    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Reading base64 forgives a lot: a cursor has one spelling.
      if (bytes.toString('base64url') !== sealed || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      for (const { encryption } of [current, ...older]) {
        const text = decrypt(encryption, bytes);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

interface Keys {
  readonly encryption: Buffer;
  readonly nonce: Buffer;
}

function deriveKeys(secret: string): Keys {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `registrar list cursor ${purpose}`, 32));
  return { encryption: derive('encryption'), nonce: derive('nonce') };
}

function decrypt(key: Buffer, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return plain.toString('utf8').trimEnd();
  } catch {
    return undefined;
  }
}

/** With spaces, which mean nothing at the end of what a cursor holds. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES;
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
}
