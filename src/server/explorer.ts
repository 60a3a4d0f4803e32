import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

export interface Explorer {
  /** The page, compressed: every browser takes it so, and it is a fifth of the size. */
  gzipped(): Promise<Buffer>;
}

/** GraphiQL with everything it needs in the page itself: it works without the internet. Made when the first browser asks. */
export function createExplorer(): Explorer {
  let page: Promise<Buffer> | undefined;
  return {
    gzipped() {
      page ??= promisify(gzip)(
        renderGraphiQL({
          title: 'Registrar',
          endpoint: '/graphql',
          defaultQuery: DEFAULT_QUERY,
          // The page is open to everybody, what it asks is not: the token goes in here, and is not kept in the browser.
          isHeadersEditorEnabled: true,
          shouldPersistHeaders: false,
        }),
      );
      return page;
    },
  };
}

const DEFAULT_QUERY = `# What is waiting for review, over all registries?
query ReviewQueue {
  modelVersions(first: 20, filter: { approvalStatuses: [PENDING] }) {
    nodes {
      id
      approvalStatus
      createdAt
      model { name registry { id kind } }
    }
    unavailable { registry { id } problem { code message } }
  }
}
`;
