import { BlockList, isIP } from 'node:net';

/** A setting in the environment of the MLflow server. */
export interface ServerSetting {
  readonly name: string;
  readonly value: string;
  /** Why, in sentences. */
  readonly reason: string;
}

/**
 * What an MLflow server needs so that webhooks reach `hookUrl`, and the gateway reaches it at `serverUrl`. From the addresses alone: a name may
 * lead to a private address, which nobody can tell from here.
 */
export function serverSettings(serverUrl: string, hookUrl: string): readonly ServerSetting[] {
  return [
    {
      name: 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
      value: '<a Fernet key>',
      reason:
        'Set it before the webhook is made, the same in every worker and after every restart: without it each process encrypts with a key of its own, and no other can read the webhook. Made by: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
    },
    ...toCall(new URL(hookUrl)),
    ...toBeCalled(new URL(serverUrl)),
  ];
}

function toCall(hook: URL): readonly ServerSetting[] {
  const host = hostOf(hook);
  const reach = reachOf(host);
  const scheme: ServerSetting = {
    name: 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES',
    value: 'http,https',
    reason: 'The URL of the gateway is http; without the setting the server calls https alone.',
  };
  const address: ServerSetting = {
    name: 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS',
    value: 'true',
    reason:
      reach === 'private'
        ? `${host} is private; without the setting the server calls public addresses alone.`
        : `Only if ${host} is a private address where the server runs; without the setting it calls public ones alone.`,
  };
  return [...(hook.protocol === 'https:' ? [] : [scheme]), ...(reach === 'public' ? [] : [address])];
}

function toBeCalled(server: URL): readonly ServerSetting[] {
  const host = hostOf(server);
  if (host === 'localhost' || (isIP(host) === 4 && isPrivate(host)) || host === '::1') return [];
  return [
    {
      name: 'MLFLOW_SERVER_ALLOWED_HOSTS',
      value: `localhost,localhost:*,${server.host}`,
      reason: `From 3.5 on. The gateway calls the server ${server.host}; without the setting it answers to localhost and private addresses alone. The list takes the place of that rule, so it needs every name in use.`,
    },
  ];
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** `unknown`: a name that leads wherever the server's network says. */
function reachOf(host: string): 'private' | 'public' | 'unknown' {
  if (isIP(host) !== 0) return isPrivate(host) ? 'private' : 'public';
  return host.includes('.') && !/\.(localhost|internal|local|lan|svc)$/.test(host) ? 'unknown' : 'private';
}

function isPrivate(address: string): boolean {
  return PRIVATE_ADDRESSES.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const PRIVATE_ADDRESSES = new BlockList();
for (const [network, prefix, family] of [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const) {
  PRIVATE_ADDRESSES.addSubnet(network, prefix, family);
}
