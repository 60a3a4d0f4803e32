import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import * as z from 'zod';
import { baseUrl } from './base-url.js';

const ROLE_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/[\w+=,.@/-]+$/;

/** How an adapter reaches AWS: the options that every kind on AWS has. No secrets: they come from the default chain. */
export const awsAccessShape = {
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'An AWS Region such as eu-west-1.')
    .describe('AWS Region of the registry.'),
  roleArn: z
    .string()
    .regex(ROLE_ARN, 'The ARN of an IAM role, arn:aws:iam::<account>:role/<name>.')
    .optional()
    .describe('Role to assume. Without one the default credential chain is used as it is.'),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .optional()
    .describe("External id that the role's trust policy asks for."),
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/)
    .default('registrar')
    .describe('Name of the role session, as CloudTrail shows it. Default: registrar.'),
  sessionTags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 50, 'At most 50 session tags.')
    .optional()
    .describe('Session tags passed to AssumeRole.'),
  endpoint: baseUrl.optional().describe("Base URL in place of AWS's own, for a VPC endpoint or an emulator."),
  stsEndpoint: baseUrl
    .optional()
    .describe('Base URL of STS in place of `endpoint`; set it where `endpoint` serves one AWS service only.'),
};

const awsAccess = z.strictObject(awsAccessShape);

export type AwsAccess = z.output<typeof awsAccess>;

export interface AwsClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: ReturnType<typeof fromTemporaryCredentials>;
  readonly maxAttempts: 1;
  readonly requestHandler: ReturnType<typeof transport>;
}

/** Whom a session of the role stands for, where it is not the gateway itself: AWS keeps the source identity beside what the session does. */
export interface AwsSession {
  readonly name: string;
  readonly sourceIdentity: string;
}

/** Configuration of a client of the service itself. `session` has a meaning only with a role. */
export function awsClientConfig(access: AwsAccess, session?: AwsSession): AwsClientConfig {
  return {
    ...clientBase(access.region, access.endpoint),
    ...(access.roleArn === undefined ? {} : { credentials: assumedRole(access, access.roleArn, session) }),
  };
}

/** Configuration of an STS client that acts with the same credentials as the clients of the service. */
export function stsClientConfig(access: AwsAccess): AwsClientConfig {
  return { ...awsClientConfig(access), ...stsBase(access) };
}

/** The account that a role belongs to is the one that its sessions act in. */
export function accountOfRole(roleArn: string | undefined): string | undefined {
  return roleArn === undefined ? undefined : ROLE_ARN.exec(roleArn)?.[2];
}

function assumedRole(
  access: AwsAccess,
  roleArn: string,
  session: AwsSession | undefined,
): ReturnType<typeof fromTemporaryCredentials> {
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: session?.name ?? access.sessionName,
      ...(session === undefined ? {} : { SourceIdentity: session.sourceIdentity }),
      ...(access.externalId === undefined ? {} : { ExternalId: access.externalId }),
      ...(access.sessionTags === undefined
        ? {}
        : { Tags: Object.entries(access.sessionTags).map(([Key, Value]) => ({ Key, Value })) }),
    },
    clientConfig: stsBase(access),
  });
}

/**
 * A session is shared by all calls of a client and outlives each of them, so no call's signal may end its making. The bound here is what keeps
 * one lost packet to STS from holding up the registry for good.
 */
function stsBase(access: AwsAccess) {
  const base = clientBase(access.region, access.stsEndpoint ?? access.endpoint);
  return { ...base, requestHandler: { ...base.requestHandler, requestTimeout: 10_000, throwOnRequestTimeout: true } };
}

function clientBase(region: string, endpoint: string | undefined) {
  // One attempt: retries, their budget and their deadline belong to the wrappers around the adapter.
  const base = { region, maxAttempts: 1, requestHandler: transport() } as const;
  return endpoint === undefined ? base : { ...base, endpoint };
}

/** The SDK's own default is 50 sockets; how many are in use is the adapter's concurrency and the wrappers' budget. */
function transport() {
  const agent = { keepAlive: true, maxSockets: 50 };
  return { httpAgent: agent, httpsAgent: agent };
}
