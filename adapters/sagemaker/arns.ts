/** Where a registry is: what all ARNs in it begin with. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export interface ResourceArn extends Place {
  readonly resource: string;
}

const SAGEMAKER_ARN = /^arn:(aws[a-z-]*):sagemaker:([a-z0-9-]+):(\d{12}):([\s\S]+)$/;
const VERSION_RESOURCE = /^model-package\/[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}\/[1-9]\d{0,9}$/;
const GROUP_RESOURCE = /^model-package-group\/([a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})$/;
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/** What a group may be called; a name that cannot exist is never sent. */
export const GROUP_NAME = '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}';
const WHOLE_GROUP_NAME = new RegExp(`^${GROUP_NAME}$`, 'u');

export function isGroupName(name: string): boolean {
  return WHOLE_GROUP_NAME.test(name);
}

export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

export function parseArn(text: string): ResourceArn | null {
  const [, partition, region, account, resource] = SAGEMAKER_ARN.exec(text) ?? [];
  if (partition === undefined || region === undefined || account === undefined || resource === undefined) return null;
  return { partition, region, account, resource };
}

export function groupArn(place: Place, name: string): string {
  return `${prefix(place)}model-package-group/${name}`;
}

/** A version's ARN carries its group's name in lower case: the name cannot be read back from it. */
export function versionArn(place: Place, name: string, version: string): string {
  return `${prefix(place)}model-package/${name.toLowerCase()}/${version}`;
}

/** The ARN of a model package that is named by its ARN or, in the same place, by its name; in lower case, as those of versions are. */
export function packageArn(place: Place, text: string): string {
  return (parseArn(text) === null ? `${prefix(place)}model-package/${text}` : text).toLowerCase();
}

export function isVersionArn(arn: ResourceArn): boolean {
  return VERSION_RESOURCE.test(arn.resource);
}

export function groupNameOf(arn: ResourceArn): string | null {
  return GROUP_RESOURCE.exec(arn.resource)?.[1] ?? null;
}

/** The number of a version as SageMaker writes it, e.g. `12`; null for any other text. */
export function versionNumber(version: string): number | null {
  return /^[1-9]\d{0,9}$/.test(version) ? Number(version) : null;
}

function prefix({ partition, region, account }: Place): string {
  return `arn:${partition}:sagemaker:${region}:${account}:`;
}
