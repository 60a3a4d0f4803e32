import { GetObjectCommand, type GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import {
  CostExceededError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitedError,
  type RegistryError,
  UnavailableError,
  UnexpectedUpstreamError,
  UnsupportedError,
} from '../../src/domain/errors.js';
import { quote } from '../../src/domain/refs.js';
import { abortedError, untilAborted } from '../shared/aborted.js';
import { awsClientConfig } from '../shared/aws-client.js';
import { createLimiter } from '../shared/concurrency.js';
import type { Call } from './client.js';
import { toRegistryError } from './errors.js';
import type { SageMakerOptions } from './options.js';
import { isAllowedPlace, type ReportAddress } from './report-places.js';

/** Reads reports from where the options allow it to the model, and from nowhere else. */
export interface ReportStore extends AsyncDisposable {
  /**
   * The text of a report of a version of the model.
   * @throws RegistryError that names the report and what to do, or as `abortedError`.
   */
  read(uri: string, model: string, call: Call): Promise<string>;
}

export function createReportStore(options: SageMakerOptions): ReportStore {
  const { buckets, maxBytes, concurrency, endpoint } = options.reports;
  const limiter = createLimiter(concurrency);
  let client: S3Client | undefined;

  const s3 = () => {
    const base = endpoint ?? options.endpoint;
    const sts = options.stsEndpoint ?? options.endpoint;
    const access = {
      ...options,
      ...(base === undefined ? {} : { endpoint: base }),
      ...(sts === undefined ? {} : { stsEndpoint: sts }),
    };
    // A bucket need not be in the Region of the registry; other endpoints than AWS's own have no host name for each bucket.
    client ??= new S3Client({
      ...awsClientConfig(access),
      followRegionRedirects: true,
      forcePathStyle: base !== undefined,
      // A checked body is wrapped: ending the wrapper would leave the connection under it open.
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return client;
  };

  const fetch = async (address: ReportAddress, uri: string, call: Call): Promise<string> => {
    const answer = await s3().send(new GetObjectCommand(address), { abortSignal: call.options.signal });
    return textOf(answer, maxBytes, () => tooLarge(uri, maxBytes, call), call.options.signal);
  };

  return {
    async read(uri, model, call) {
      const address = addressOf(uri, buckets, model, call);
      const { signal } = call.options;
      try {
        return await limiter.run(() => untilAborted(() => fetch(address, uri, call), signal), signal);
      } catch (error) {
        throw signal.aborted ? abortedError(signal, call) : readError(error, uri, call);
      }
    },
    async [Symbol.asyncDispose]() {
      client?.destroy();
      client = undefined;
    },
  };
}

function addressOf(uri: string, places: readonly string[], model: string, call: Call): ReportAddress {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/([\s\S]+)$/.exec(uri) ?? [];
  if (Bucket === undefined || Key === undefined) {
    throw new UnsupportedError(
      `The report ${quote(uri)} is not read: only files at s3:// addresses are.`,
      siteOf(call),
    );
  }
  const address = { Bucket, Key };
  if (isAllowedPlace(places, model, address)) return address;
  const isKnown = places.some((place) => place.split('/', 1)[0] === Bucket);
  const why = isKnown
    ? `that is no place for reports of ${quote(model)}. Write it to one that \`reports.buckets\` names for this model, or extend that option`
    : `its bucket is not among those allowed. Add ${quote(Bucket)} to \`reports.buckets\``;
  throw new PermissionDeniedError(
    `The report ${quote(uri)} is not read: ${why} in the options of registry ${call.registryId}.`,
    siteOf(call),
  );
}

/** Counted as it comes, whatever the headers say of its length. */
async function textOf(
  { Body }: GetObjectCommandOutput,
  maxBytes: number,
  tooMuch: () => RegistryError,
  signal: AbortSignal,
): Promise<string> {
  const body = Body as (AsyncIterable<Uint8Array> & { destroy(): unknown }) | undefined;
  if (body === undefined) return '';
  // The SDK's signal ends with the headers; an answer that stops half-way would hold its connection for ever.
  const end = () => void body.destroy();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes) throw tooMuch();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    signal.removeEventListener('abort', end);
    body.destroy();
  }
}

function tooLarge(uri: string, maxBytes: number, call: Call): CostExceededError {
  return new CostExceededError(
    `The report ${quote(uri)} is larger than ${maxBytes} bytes. Raise \`reports.maxBytes\` in the options of registry ${call.registryId}, or register a smaller one.`,
    siteOf(call),
  );
}

function readError(error: unknown, uri: string, call: Call): RegistryError {
  const fault = toRegistryError(error, call);
  if (fault === error || fault instanceof RateLimitedError) return fault;
  const name = error instanceof Error ? error.name : '';
  const options = { ...siteOf(call), cause: error };
  if (name === 'NoSuchBucket') {
    return new NotFoundError(
      `The bucket of the report ${quote(uri)} is not there. Correct \`reports.buckets\`.`,
      options,
    );
  }
  if (name === 'NoSuchKey') {
    return new NotFoundError(`The report ${quote(uri)} is not there. Write it, or register where it is.`, options);
  }
  if (fault instanceof PermissionDeniedError) {
    return new PermissionDeniedError(
      `The gateway may not read the report ${quote(uri)}. Allow s3:GetObject on it in the role's policy, and kms:Decrypt where it is encrypted.`,
      { ...options, missingPermission: 's3:GetObject' },
    );
  }
  return fault.retryable
    ? new UnavailableError(`The report ${quote(uri)} cannot be read now. Try again in a moment.`, options)
    : new UnexpectedUpstreamError(
        `Reading the report ${quote(uri)} gave an answer that is not S3's. Check the endpoint.`,
        options,
      );
}

/** S3 was asked and has the bucket, which does not hold the report. */
export function isMissingReport({ cause }: RegistryError): boolean {
  return cause instanceof Error && cause.name === 'NoSuchKey';
}

function siteOf({ registryId, operation }: Call) {
  return { registryId, operation };
}
