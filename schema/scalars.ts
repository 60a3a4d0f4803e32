import { GraphQLScalarType, Kind } from 'graphql';
import { GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars';
import { badInput } from './bad-input.js';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

/** Records hold times as text in this very form, so output passes through. */
export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'RFC 3339 date and time in UTC with milliseconds, e.g. 2026-11-20T08:15:30.250Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => {
    if (typeof value !== 'string') throw new TypeError('A record holds a time that is not text.');
    return value;
  },
  parseValue: readDateTime,
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

function readDateTime(value: unknown): string {
  if (typeof value === 'string' && RFC3339.test(value)) {
    const time = new Date(value);
    // JavaScript rolls 30 February over into March; a day that does not exist is a mistake.
    const day = Number(value.slice(8, 10));
    const daysInMonth = new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
    // By its offset a time may leave the years that four digits can say.
    const year = time.getUTCFullYear();
    if (day <= daysInMonth && year >= 0 && year <= 9999) return time.toISOString();
  }
  throw badInput('A DateTime is RFC 3339 text with a time zone, e.g. "2026-11-20T08:15:30.250Z".');
}

/** As the library has it, under the names and words of this API. */
export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value, exactly as the registry holds it.',
});

export const SafeIntScalar = new GraphQLScalarType({
  ...GraphQLSafeInt.toConfig(),
  name: 'SafeInt',
  description: 'Whole number up to 2^53 - 1.',
});
