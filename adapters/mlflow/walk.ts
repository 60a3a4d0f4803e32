import { RegistryError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { WalkPage, WalkQuery } from '../../src/domain/registry.js';
import { HttpError } from '../shared/http-client.js';
import type { OffsetPage } from '../shared/offset-pager.js';
import { walkOffsets } from '../shared/offset-walk.js';
import { isRefusedParameter, type MlflowCall } from './errors.js';
import { toModelRecord, toVersionRecord } from './map.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireVersion } from './wire.js';

// By name, which is the key of a model and so puts all of them in one order, whatever the database's collation. A time would not do: several share it,
// and one that is written moves.

export async function walkModels(
  session: MlflowSession,
  { after }: WalkQuery,
  call: MlflowCall,
): Promise<WalkPage<ModelRecord>> {
  const pageSize = session.options.pageSize;
  const { items, next } = await walkOffsets(
    {
      pageSize,
      fetchPage: (offset) =>
        session.client.searchModels({ conditions: [], orderBy: ['name ASC'], limit: pageSize, offset }, call),
      keyOf: (model) => model.name,
    },
    after,
  );
  const models = items.filter((model) => !isPrompt(model.tags));
  return { items: models.map((model) => toModelRecord(session.map, model)), next };
}

export async function walkVersions(
  session: MlflowSession,
  { after }: WalkQuery,
  call: MlflowCall,
): Promise<WalkPage<ModelVersionRecord>> {
  const { items, next } = await walkOffsets(
    {
      pageSize: session.learned.versionPage,
      fetchPage: (offset) => largePage(session, offset, call),
      keyOf: ({ name, version }) => `${version}/${name}`,
    },
    after,
  );
  const versions = items.filter((version) => !isPrompt(version.tags));
  return { items: versions.map((version) => toVersionRecord(session.map, version, undefined)), next };
}

/** The server takes ever so many versions in one page; where one of so many is refused, or comes to more than we take in, smaller ones do from then on. */
async function largePage(session: MlflowSession, offset: number, call: MlflowCall): Promise<OffsetPage<WireVersion>> {
  const { client, learned, options } = session;
  const fetchPage = () =>
    client.searchVersions(
      { conditions: [], orderBy: ['name ASC', 'version_number ASC'], limit: learned.versionPage, offset },
      call,
    );
  try {
    return await fetchPage();
  } catch (error) {
    if (learned.versionPage <= options.pageSize || !isTooMuch(error)) throw error;
    learned.versionPage = options.pageSize;
    return fetchPage();
  }
}

function isTooMuch(error: unknown): boolean {
  if (isRefusedParameter(error)) return true;
  return error instanceof RegistryError && error.cause instanceof HttpError && error.cause.kind === 'too-large';
}
