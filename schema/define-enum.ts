import { registerEnumType } from 'type-graphql';

/** Registers an enum from its values and their descriptions; typed over a domain union, a value without a description does not compile. */
export function defineEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): { readonly [V in Value]: V } {
  const entries = Object.entries(values) as [Value, string][];
  const type = Object.fromEntries(entries.map(([value]) => [value, value])) as { readonly [V in Value]: V };
  registerEnumType(type, {
    name,
    description,
    valuesConfig: Object.fromEntries(entries.map(([value, text]) => [value, { description: text }])) as {
      [V in Value]: { description: string };
    },
  });
  return type;
}
