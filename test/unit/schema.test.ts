import { readFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../schema/index.js';

const schema = buildGatewaySchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

/** Every place of a type that must say what it is. */
function* placesOf(type: GraphQLNamedType): Generator<[place: string, description: string | null | undefined]> {
  yield [type.name, type.description];
  if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field.description];
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description];
      for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name})`, arg.description];
    }
  }
}

describe('the schema', () => {
  it('describes every type, field, argument and enum value', () => {
    const silent = types.flatMap((type) => [...placesOf(type)]).filter(([, description]) => !description?.trim());
    expect(silent.map(([place]) => place)).toEqual([]);
    expect(types.length).toBeGreaterThan(30);
  });

  it('is what is committed', () => {
    expect(readFileSync('schema/schema.graphql', 'utf8')).toBe(`${printSchema(schema)}\n`);
  });

  it('names what comes with a record non-null, and lists so that one cell never empties them', () => {
    const { Query } = Object.fromEntries(types.filter(isObjectType).map((type) => [type.name, type.getFields()]));
    for (const field of ['models', 'modelVersions', 'model', 'modelVersion', 'node']) {
      expect(String(Query?.[field]?.type)).not.toMatch(/!$/);
    }
  });
});
