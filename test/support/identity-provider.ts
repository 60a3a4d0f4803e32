import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const AUDIENCE = 'registrar';

/** A key of the provider: published or not, it can sign. */
export interface ProviderKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface TokenOptions {
  /** Default: the newest key that is published. */
  readonly key?: ProviderKey;
  /** What the header says of the key, where that is not the truth; null: nothing. */
  readonly kid?: string | null;
  /** Seconds from now. Default: 600. */
  readonly expiresIn?: number;
}

/** An issuer of tokens with a JWKS endpoint of its own, on a free port. */
export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How often its keys were asked for. */
  fetches(): number;
  /** A key that is published from now on, beside those that are. */
  addKey(algorithm?: string): Promise<ProviderKey>;
  /** No longer published. */
  removeKey(key: ProviderKey): void;
  /** For user `ana@example.com` and this audience, unless the claims say otherwise; one that is undefined is left out. */
  token(claims?: JWTPayload, options?: TokenOptions): Promise<string>;
  /** Whatever is asked of it, it answers so, until `recover`. */
  answer(status: number, body: string): void;
  /** It takes requests and never answers, until `recover`. */
  hang(): void;
  recover(): void;
  /** It is gone: its port refuses. */
  stop(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const keys: ProviderKey[] = [];
  let fetches = 0;
  let mode: 'well' | 'hanging' | { readonly status: number; readonly body: string } = 'well';
  const server = createServer((_, response) => {
    fetches += 1;
    if (mode === 'hanging') return;
    const { status, body } =
      mode === 'well' ? { status: 200, body: JSON.stringify({ keys: keys.map((key) => key.publicJwk) }) } : mode;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };

  const provider: IdentityProvider = {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    fetches: () => fetches,
    async addKey(algorithm = 'ES256') {
      const key = await makeKey(algorithm);
      keys.push(key);
      return key;
    },
    removeKey: (key) => {
      keys.splice(keys.indexOf(key), 1);
    },
    async token(claims = {}, { key = keys.at(-1), kid = key?.kid ?? null, expiresIn = 600 } = {}) {
      if (key === undefined) throw new Error('The identity provider has no key.');
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: issuer,
        sub: 'ana',
        aud: AUDIENCE,
        name: 'ana@example.com',
        iat: now,
        exp: now + expiresIn,
      };
      return new SignJWT({ ...payload, ...claims })
        .setProtectedHeader({ alg: key.algorithm, ...(kid === null ? {} : { kid }) })
        .sign(key.privateKey);
    },
    answer: (status, body) => {
      mode = { status, body };
    },
    hang: () => {
      mode = 'hanging';
    },
    recover: () => {
      mode = 'well';
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  await provider.addKey();
  return provider;
}

let made = 0;

/** A key that nobody has published. */
export async function makeKey(algorithm = 'ES256'): Promise<ProviderKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  made += 1;
  const kid = `key-${made}`;
  return {
    kid,
    algorithm,
    privateKey,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
  };
}
