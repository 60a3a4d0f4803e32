/** Stands in a prefix for the name of the model package group. */
const MODEL = '{model}';

/**
 * An entry of `reports.buckets`: a bucket, or a prefix in one. A prefix ends with a slash, so that `churn/` is not the beginning of another
 * model's folder as well.
 */
export const REPORT_PLACE =
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/(?:(?!\.{1,2}\/)(?:[A-Za-z0-9!_.*'()=+@:-]|\{model\})+\/)+)?$/;

export interface ReportAddress {
  readonly Bucket: string;
  readonly Key: string;
}

/** Whether a version of the model may have its report there. */
export function isAllowedPlace(places: readonly string[], model: string, address: ReportAddress): boolean {
  const key = `${address.Bucket}/${address.Key}`;
  return places.some((place) =>
    place.includes('/') ? key.startsWith(placeOf(place, model)) && isPlain(address.Key) : place === address.Bucket,
  );
}

/** An address in the place that there is no report at, for a model of that name. */
export function addressIn(place: string, model: string): string {
  return `s3://${place.includes('/') ? placeOf(place, model) : `${place}/`}${model}`;
}

function placeOf(place: string, model: string): string {
  return place.replaceAll(MODEL, model);
}

/** S3 takes a key to the letter; what stands before it, or in its place, may decode and resolve it, and end up in another folder. */
function isPlain(key: string): boolean {
  return decoded(key)
    .split(/[/\\]/)
    .every((part) => part !== '' && part !== '.' && part !== '..');
}

function decoded(text: string): string {
  const once = text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return once === text ? text : decoded(once);
}
