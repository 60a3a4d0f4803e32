import {
  type Filter,
  type ModelPackage,
  type ModelPackageGroup,
  type Operator,
  SearchCommand,
  type SearchExpression,
} from '@aws-sdk/client-sagemaker';
import type { Direction } from '../../src/domain/page.js';
import type { Call, SageMaker } from './client.js';
import { isValidation, refusedInput, unexpected } from './errors.js';

/** Filters of which one must hold. A whole search is a list of conditions that must all hold. */
export type Condition = readonly Filter[];

export interface SearchRequest {
  readonly conditions: readonly Condition[];
  readonly sortBy: string;
  readonly direction: Direction;
  readonly limit: number;
  readonly token?: string | undefined;
  readonly shared?: boolean;
  /** There is something in the conditions that a caller chose freely. */
  readonly isAsked?: boolean;
}

export interface SearchPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
  readonly total: { readonly value: number; readonly exact: boolean } | undefined;
}

/** What one filter list, and what one filter's value, may hold. */
export const MAX_FILTERS = 20;
const MAX_VALUE = 1024;

export function searchGroups(sagemaker: SageMaker, call: Call, request: SearchRequest) {
  return search(sagemaker, call, 'ModelPackageGroup', request, (record) => record.ModelPackageGroup);
}

export function searchPackages(sagemaker: SageMaker, call: Call, request: SearchRequest) {
  return search(sagemaker, call, 'ModelPackage', request, (record) => record.ModelPackage);
}

export function is(Name: string, Value: string, operator: Operator = 'Equals'): Filter {
  return { Name, Operator: operator, Value };
}

export function exists(Name: string): Filter {
  return { Name, Operator: 'Exists' };
}

export function notExists(Name: string): Filter {
  return { Name, Operator: 'NotExists' };
}

/**
 * One condition for as many of the values as fit, packed into filters of comma-separated values, and the values that did not fit.
 * The values must not hold a comma.
 */
export function isOneOf(name: string, values: readonly string[]): { condition: Condition; rest: readonly string[] } {
  const packed: string[] = [];
  let taken = 0;
  for (const value of values) {
    const last = packed.at(-1);
    if (last !== undefined && last.length + 1 + value.length <= MAX_VALUE)
      packed[packed.length - 1] = `${last},${value}`;
    else if (packed.length < MAX_FILTERS) packed.push(value);
    else break;
    taken += 1;
  }
  return { condition: packed.map((value) => is(name, value, 'In')), rest: values.slice(taken) };
}

/** Filters on times have no fractions of a second: these two let through the whole second, and the reader drops what is beyond. */
export function notBefore(name: string, at: string): Filter {
  return is(name, secondOf(withinYears(at)), 'GreaterThanOrEqualTo');
}

export function notAfter(name: string, at: string): Filter {
  const nextSecond = new Date(Date.parse(`${secondOf(withinYears(at))}Z`) + 1000).toISOString();
  return is(name, secondOf(nextSecond), 'LessThan');
}

const FIRST = '1970-01-01T00:00:00.000Z';
const LAST = '9999-12-31T23:59:58.999Z';

/** No record is older or younger than these; of times beyond, SageMaker takes none, and their text is not in the order of time. */
export function withinYears(at: string): string {
  if (at.startsWith('-')) return FIRST;
  if (at.startsWith('+')) return LAST;
  return at < FIRST ? FIRST : at > LAST ? LAST : at;
}

export function secondOf(at: string): string {
  return at.slice(0, 19);
}

async function search<
  K extends 'ModelPackage' | 'ModelPackageGroup',
  T = K extends 'ModelPackage' ? ModelPackage : ModelPackageGroup,
>(
  sagemaker: SageMaker,
  call: Call,
  resource: K,
  request: SearchRequest,
  pick: (record: {
    ModelPackage?: ModelPackage | undefined;
    ModelPackageGroup?: ModelPackageGroup | undefined;
  }) => T | undefined,
): Promise<SearchPage<T>> {
  const { direction, limit, token, conditions } = request;
  const command = new SearchCommand({
    Resource: resource,
    SortBy: request.sortBy,
    SortOrder: direction === 'ASC' ? 'Ascending' : 'Descending',
    MaxResults: limit,
    ...(conditions.length === 0 ? {} : { SearchExpression: expression(conditions) }),
    ...(token === undefined ? {} : { NextToken: token }),
    ...(request.shared === true ? { CrossAccountFilterOption: 'CrossAccount' as const } : {}),
  });
  const answer = await sagemaker
    .run(call, (client, http) => client.send(command, http))
    .catch((error: unknown) => {
      // With a token it is the token that does not fit.
      if (request.isAsked !== true || token !== undefined || !isValidation(error)) throw error;
      throw refusedInput(call, 'Check the texts, names and times of the filter.', error);
    });
  if (answer.Results === undefined) throw unexpected(call);
  const { Value, Relation } = answer.TotalHits ?? {};
  return {
    items: answer.Results.map(pick).filter((item) => item !== undefined),
    next: answer.NextToken,
    total: Value === undefined ? undefined : { value: Value, exact: Relation === 'EqualTo' },
  };
}

function expression(conditions: readonly Condition[]): SearchExpression {
  const filters = conditions.filter((condition) => condition.length === 1).flat();
  const choices = conditions.filter((condition) => condition.length > 1);
  return {
    Operator: 'And',
    ...(filters.length === 0 ? {} : { Filters: filters }),
    ...(choices.length === 0
      ? {}
      : { SubExpressions: choices.map((Filters) => ({ Operator: 'Or' as const, Filters: [...Filters] })) }),
  };
}
