import * as z from 'zod';

/** MLflow answered with an error. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface MlflowClient {
  /** Below `/api/2.0/mlflow`. */
  get<T>(path: string, query: Readonly<Record<string, string>>, shape: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: object, shape: z.ZodType<T>): Promise<T>;
  /** A file of a run, at its artifact URI `mlflow-artifacts:/…`. */
  putArtifact(uri: string, content: string): Promise<void>;
}

const errorShape = z.object({ error_code: z.string(), message: z.string().default('') });

export function createMlflowClient(url: string): MlflowClient {
  const send = async (address: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(address, init);
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    const { error_code, message } = errorShape.parse(JSON.parse(text));
    throw new MlflowError(error_code, `${address}: ${message}`);
  };
  return {
    get: async (path, query, shape) => {
      const address = `${url}/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`;
      return shape.parse(await send(address, {}));
    },
    post: async (path, body, shape) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return shape.parse(await send(`${url}/api/2.0/mlflow/${path}`, init));
    },
    putArtifact: async (uri, content) => {
      const path = uri.replace(/^mlflow-artifacts:\//, '');
      await send(`${url}/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: 'PUT', body: content });
    },
  };
}
