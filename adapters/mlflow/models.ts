import { RegistryError } from '../../src/domain/errors.js';
import type { Lookup } from '../../src/domain/registry.js';
import type { MlflowCall } from './errors.js';
import { namesInConditions } from './filter.js';
import { withNameLists } from './names.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireModel } from './wire.js';

// Up to so many models are asked for one by one where names cannot be listed; above, large pages of all models are tried first.
const SINGLE_GETS = 5;
const PAGES_OF_ALL = 5;

export type Found<T> = ReadonlyMap<string, Lookup<T>>;

/** The models of these names, in as few calls as the server allows. Prompts are not models. */
export async function fetchModels(
  session: MlflowSession,
  names: readonly string[],
  call: MlflowCall,
): Promise<Found<WireModel>> {
  const distinct = [...new Set(names)];
  const found =
    distinct.length < 2
      ? await getEach(distinct, (name) => session.client.getModel(name, call))
      : await withNameLists(
          session,
          () => fetchByLists(session, distinct, call),
          () => fetchFromPages(session, distinct, call),
        );
  return new Map([...found].map(([name, model]) => [name, isHidden(model) ? null : model]));
}

/**
 * One call per key. A key that cannot be read spoils nothing for the others; where none can, it is the registry that cannot be read.
 * @throws RegistryError when every call failed.
 */
export async function getEach<T>(
  keys: readonly string[],
  get: (key: string) => Promise<T | null>,
): Promise<Map<string, Lookup<T>>> {
  const answers = await Promise.all(
    keys.map((key) =>
      get(key).catch((error: unknown) => {
        if (error instanceof RegistryError) return error;
        throw error;
      }),
    ),
  );
  const [first] = answers;
  if (first instanceof RegistryError && answers.every((answer) => answer instanceof RegistryError)) throw first;
  return new Map(keys.map((key, index) => [key, answers[index] ?? null]));
}

async function fetchByLists(
  session: MlflowSession,
  names: readonly string[],
  call: MlflowCall,
): Promise<Map<string, Lookup<WireModel>>> {
  const pages = await Promise.all(
    namesInConditions(names).map((chunk) =>
      session.client.searchModels(
        { conditions: [chunk.condition], orderBy: ['name ASC'], limit: chunk.names.length },
        call,
      ),
    ),
  );
  const models = new Map(pages.flatMap((page) => page.items).map((model) => [model.name, model]));
  return new Map(names.map((name) => [name, models.get(name) ?? null]));
}

async function fetchFromPages(
  session: MlflowSession,
  names: readonly string[],
  call: MlflowCall,
): Promise<Map<string, Lookup<WireModel>>> {
  const wanted = new Set(names);
  const found = new Map<string, Lookup<WireModel>>();
  let hasMore = names.length > SINGLE_GETS;
  let offset = 0;
  for (let page = 0; hasMore && page < PAGES_OF_ALL && wanted.size > 0; page += 1) {
    const limit = session.options.pageSize;
    const search = { conditions: [], orderBy: ['name ASC'], limit, offset };
    const answer = await session.client.searchModels(search, call);
    for (const model of answer.items) if (wanted.delete(model.name)) found.set(model.name, model);
    hasMore = answer.hasMore;
    offset = answer.end;
  }
  // Also what seems not to be there: it may have been moved over a page's edge meanwhile.
  const rest = await getEach([...wanted], (name) => session.client.getModel(name, call));
  return new Map([...found, ...rest]);
}

function isHidden(model: Lookup<WireModel>): boolean {
  return model !== null && !(model instanceof RegistryError) && isPrompt(model.tags);
}
