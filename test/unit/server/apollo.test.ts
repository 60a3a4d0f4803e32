import { buildSchema } from 'graphql';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { GraphQLContext } from '../../../src/context.js';
import { createGraphQLServer } from '../../../src/server/apollo.js';

async function messagesFor(document: string, introspection: boolean): Promise<string[]> {
  const server = createGraphQLServer({
    schema: buildSchema('type Query { registries: [String] }'),
    introspection,
    maxTokens: 1000,
    querySize: { maxFields: 100, maxDepth: 20 },
    log: pino({ level: 'silent' }),
  });
  const { body } = await server.executeOperation({ query: document }, { contextValue: {} as GraphQLContext });
  await server.stop();
  if (body.kind !== 'single') throw new Error('The answer comes in parts.');
  return (body.singleResult.errors ?? []).map(({ message }) => message);
}

describe('a gateway without introspection', () => {
  it('does not tell the schema by its suggestions either', async () => {
    expect(await messagesFor('{ registrie }', true)).toEqual([expect.stringContaining('"registries"')]);
    const hidden = await messagesFor('{ registrie }', false);
    expect(hidden).toEqual([expect.stringContaining('Cannot query field "registrie"')]);
    expect(hidden[0]).not.toContain('"registries"');
  });
});
