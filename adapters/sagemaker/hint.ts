import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ModelAnchor, VersionAnchor } from '../../src/domain/page.js';

/** The registry's own things, or what other accounts share with it: two searches upstream. */
export type Source = 'own' | 'shared';

export interface SourceHint<A> {
  readonly token: string;
  /** The last record of the page before, where it is known: what the token gives must come after it. */
  readonly before: A | null;
}

/** Where a walk was, in the upstream's own terms. */
export interface Hint<A> {
  readonly scope: string;
  /** All that comes after this place is on the tokens' pages or later. */
  readonly at: A;
  readonly bound: string | null;
  /** The page size that the tokens were given for. */
  readonly size: number;
  readonly sources: { readonly [S in Source]?: SourceHint<A> | undefined };
}

export type HintSchema<A> = z.ZodType<Hint<A>>;

const modelAnchor = z.strictObject({ name: z.string(), ownerAccount: z.string().exactOptional() });
const versionAnchor = modelAnchor.extend({
  version: z.string(),
  number: z.number(),
  createdAt: z.string().nullable(),
});

export const modelHint: HintSchema<ModelAnchor> = hintOf(modelAnchor);
export const versionHint: HintSchema<VersionAnchor> = hintOf(versionAnchor);

export function writeHint<A>(hint: Hint<A>): string {
  return Buffer.from(JSON.stringify(hint), 'utf8').toString('base64url');
}

/** Null for what is not a hint of this list: a hint is only ever a help. */
export function readHint<A>(text: string, scope: string, schema: HintSchema<A>): Hint<A> | null {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  const parsed = schema.safeParse(content);
  return parsed.success && parsed.data.scope === scope ? parsed.data : null;
}

/** Names the order and filter that tokens belong to. */
export function scopeOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}

function hintOf<A>(anchor: z.ZodType<A>): HintSchema<A> {
  const source = z.strictObject({ token: z.string().min(1), before: anchor.nullable() });
  return z.strictObject({
    scope: z.string(),
    at: anchor,
    bound: z.string().nullable(),
    size: z.number().int().min(1).max(100),
    sources: z.strictObject({ own: source.optional(), shared: source.optional() }),
  });
}
