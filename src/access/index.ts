export type { AccessOptions } from './access-options.js';
export { type Authenticator, type Credentials, createAuthenticator } from './authenticator.js';
export { Refusal } from './refusal.js';
