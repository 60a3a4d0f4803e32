import { describe, expect, it } from 'vitest';
import { connectMlflow } from '../../../adapters/mlflow/connect.js';
import { mlflowOptions } from '../../../adapters/mlflow/index.js';
import { serverSettings } from '../../../adapters/mlflow/server-settings.js';

const SCHEMES = 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https';
const PRIVATE = 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true';
const KEY = 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY=<a Fernet key>';
const HOSTS = 'MLFLOW_SERVER_ALLOWED_HOSTS';

function settings(serverUrl: string, hookUrl: string): readonly string[] {
  return serverSettings(serverUrl, hookUrl).map(({ name, value }) => `${name}=${value}`);
}

describe('what an MLflow server needs for its webhooks', () => {
  it.each([
    ['http://127.0.0.1:5000', 'http://127.0.0.1:4000/hooks', [KEY, SCHEMES, PRIVATE]],
    ['http://10.0.0.5:5000', 'http://192.168.1.2/hooks', [KEY, SCHEMES, PRIVATE]],
    ['http://localhost:5000', 'https://203.0.113.9/hooks', [KEY]],
    ['http://[::1]:5000', 'https://[2001:db8::1]/hooks', [KEY]],
    ['http://[::1]:5000', 'https://[fd00::1]/hooks', [KEY, PRIVATE]],
    ['http://[::1]:5000', 'https://[::ffff:10.0.0.1]/hooks', [KEY, PRIVATE]],
    [
      'http://mlflow:5000',
      'http://registrar:4000',
      [KEY, SCHEMES, PRIVATE, `${HOSTS}=localhost,localhost:*,mlflow:5000`],
    ],
    [
      'https://mlflow.example.com',
      'https://registrar.default.svc',
      [KEY, PRIVATE, `${HOSTS}=localhost,localhost:*,mlflow.example.com`],
    ],
  ])('where it is %s and calls %s', (serverUrl, hookUrl, expected) => {
    expect(settings(serverUrl, hookUrl)).toEqual(expected);
  });

  it('leaves open where a name leads', () => {
    const found = serverSettings('http://127.0.0.1:5000', 'https://registrar.example.com/hooks');
    expect(found.find(({ name }) => name === 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS')?.reason).toMatch(
      /^Only if registrar\.example\.com is a private address where the server runs/,
    );
  });
});

describe('connecting an MLflow server', () => {
  const secret = 'a-secret-of-enough-length';
  const options = (webhook?: object) =>
    mlflowOptions.parse({ url: 'https://mlflow.example.com', ...(webhook === undefined ? {} : { webhook }) });

  it('prints what the server needs, and the webhook, without its secret', () => {
    const [plan] = connectMlflow([{ id: 'ml', options: options({ secret, url: 'http://registrar.example.com/' }) }]);
    expect(plan?.documents.map(({ fileName }) => fileName)).toEqual(['mlflow-server-ml.env', 'mlflow-webhook-ml.json']);
    const [environment, webhook] = plan?.documents ?? [];
    expect(environment?.text).toMatch(/^MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https$/m);
    expect(JSON.parse(webhook?.text ?? '')).toMatchObject({ url: 'http://registrar.example.com/hooks/mlflow/ml' });
    expect(JSON.stringify(plan)).not.toContain(secret);
  });

  it('says what to put into the config where there is no webhook in it', () => {
    const [plan] = connectMlflow([{ id: 'ml', options: options() }]);
    expect(plan?.documents[0]?.text).toContain('secret: ${MLFLOW_WEBHOOK_SECRET}');
    expect(plan?.apply).toBeUndefined();
  });
});
