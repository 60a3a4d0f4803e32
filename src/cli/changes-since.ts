import type { GraphQLClient } from './graphql-client.js';
import { GatewayError } from './graphql-client-errors.js';
import { ITEM_FIELDS, type TailItem } from './tail-items.js';

const PAGE = 200;

const DOCUMENT = `query Since($filter: ChangeFilter, $since: DateTime, $after: String, $first: Int) {
  changes: registryChanges(filter: $filter, since: $since, after: $after, first: $first) {
    nodes {${ITEM_FIELDS}
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  readonly nodes: readonly TailItem[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * What has happened since a time. @throws GatewayError
 * @param reached Told how far it was read.
 */
export async function* changesSince(
  client: GraphQLClient,
  since: string,
  filter: Readonly<Record<string, unknown>>,
  reached: (cursor: string) => void,
): AsyncGenerator<TailItem> {
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await readPage(client, { filter, since, after, first: PAGE });
    yield* nodes;
    after = pageInfo.endCursor;
    if (after !== null) reached(after);
    if (!pageInfo.hasNextPage || after === null) return;
  }
}

async function readPage(client: GraphQLClient, variables: Readonly<Record<string, unknown>>): Promise<Page> {
  const { data, errors } = await client.ask<{ readonly changes: Page | null }>(DOCUMENT, variables);
  if (data.changes !== null) return data.changes;
  throw errors[0] ?? new GatewayError('INTERNAL', 'The gateway gives no changes, and no reason.');
}
