import type { RegistryRole } from '../domain/access.js';

/** Who may come in and what they may do: the section `access` of a config, read. */
export interface AccessOptions {
  /** The role, over everything, of whoever shows nothing; absent: nobody comes in so. */
  readonly anonymous?: { readonly role: RegistryRole; readonly hosts: readonly string[] } | undefined;
  readonly jwt: readonly JwtIssuerOptions[];
  readonly apiKeys: readonly ApiKeyOptions[];
  readonly grants: readonly GrantOptions[];
}

export interface JwtIssuerOptions {
  /** As it stands in `iss`, letter for letter. */
  readonly issuer: string;
  /** One of them must stand in `aud`. */
  readonly audience: string | readonly string[];
  readonly jwksUrl: string;
  readonly clockSkewSeconds: number;
  readonly algorithms: readonly string[];
  readonly claims: {
    /** Dotted path; absent: the usual claims, one after the other. */
    readonly name?: string | undefined;
    /** Dotted path. */
    readonly groups: string;
  };
  /** Put in front of every group that the issuer names. */
  readonly groupPrefix: string;
}

export interface ApiKeyOptions {
  readonly id: string;
  /** `sha256:` and the SHA-256 of the whole key in hexadecimal. */
  readonly hash: string;
  readonly name?: string | undefined;
  readonly groups: readonly string[];
}

export interface GrantOptions {
  readonly role: RegistryRole;
  readonly to: GrantRecipients;
  /** Absent: all. */
  readonly registries?: readonly string[] | undefined;
  /** Globs over model names; absent: all models. */
  readonly models?: readonly string[] | undefined;
}

/** Whoever is in any of them. */
export interface GrantRecipients {
  readonly groups?: readonly string[] | undefined;
  /** `<issuer>#<sub>`. */
  readonly subjects?: readonly string[] | undefined;
  readonly apiKeys?: readonly string[] | undefined;
  /** By dotted path: whoever's token has, for each path, one of the values. */
  readonly claims?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Everybody who signs in; not the anonymous. */
  readonly everyone?: true | undefined;
}
