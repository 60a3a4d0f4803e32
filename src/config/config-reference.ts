/** The part of a JSON Schema that the reference shows. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Row {
  readonly path: string;
  readonly type: string;
  readonly presence: string;
  readonly description: string;
}

const HEAD = `# Configuration

Generated from the models that read a config; \`npm run emit\` writes it anew.

A config is one YAML file, \`registrar.yaml\` unless \`--config\` names another. \`\${NAME}\` in a text stands for the environment variable NAME, \`$\${NAME}\` for
the text \`\${NAME}\` itself. A secret must be such a placeholder and nothing else. What is not listed here is a fault; all faults are reported together, each with its
path. Relative paths start at the folder of the file.
`;

/** A page for people, from the same JSON Schema that editors use. */
export function configReference(jsonSchema: unknown): string {
  const { registries, ...sections } = (jsonSchema as Schema).properties ?? {};
  const parts = Object.entries(sections).map(([name, section]) => {
    const rows = [...rowsOf(section, name), ...rowsOfItems(section, name)];
    const value = rows.length > 0 ? table(rows) : `One of ${typeOf(section)}.\n`;
    return `## \`${name}\`\n\n${section.description ?? ''}\n\n${value}`;
  });
  const kinds = registries?.items?.oneOf ?? registries?.items?.anyOf ?? [];
  const [first] = kinds;
  if (first !== undefined) {
    const { options: _, ...common } = first.properties ?? {};
    const rows = rowsOf({ ...first, properties: { ...common, kind: kindOfAll(kinds) } }, 'registries[]');
    parts.push(`## \`registries\`\n\n${registries?.description ?? ''}\n\n${table(rows)}`);
  }
  for (const kind of kinds) {
    const { kind: name, options } = kind.properties ?? {};
    if (options !== undefined)
      parts.push(`### Options of \`kind: ${String(name?.const)}\`\n\n${table(rowsOf(options, 'options'))}`);
  }
  return `${HEAD}\n${parts.join('\n')}`;
}

function kindOfAll(kinds: readonly Schema[]): Schema {
  return { description: 'What runs behind it.', enum: kinds.map((kind) => kind.properties?.['kind']?.const) };
}

function rowsOf(schema: Schema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}.${name}`;
    const row = {
      path,
      type: typeOf(property),
      presence: property.default === undefined && schema.required?.includes(name) === true ? 'required' : '',
      description: property.description ?? '',
    };
    return [
      row,
      ...rowsOf(property, path),
      ...rowsOfItems(property, path),
      ...rowsOfBranches(property.oneOf ?? property.anyOf ?? [], path),
    ];
  });
}

/** Of a list of objects: what each of them holds. */
function rowsOfItems({ items }: Schema, path: string): Row[] {
  return items === undefined ? [] : rowsOf(items, `${path}[]`);
}

/** What `type` or `kind` may be, then what goes with each of its values. */
function rowsOfBranches(branches: readonly Schema[], path: string): Row[] {
  const name = ['type', 'kind'].find((each) => branches.some(({ properties }) => properties?.[each] !== undefined));
  if (name === undefined) return [];
  const choice = {
    path: `${path}.${name}`,
    type: branches.map(({ properties }) => code(properties?.[name]?.const)).join(', '),
    presence: 'required',
    description: 'Which one.',
  };
  const rest = branches.flatMap(({ properties: { [name]: value, ...properties } = {}, ...branch }) =>
    rowsOf({ ...branch, properties }, path).map((row) => ({ ...row, presence: `with ${code(value?.const)}` })),
  );
  return [choice, ...rest];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.oneOf ?? schema.anyOf) return 'one of several';
  if (schema.writeOnly === true) return 'secret';
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeOf(schema.items)}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') return 'map';
  return schema.type ?? 'anything';
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ path, type, presence, description }) =>
      `| \`${path}\` | ${type} | ${presence} | ${description.replaceAll('|', '\\|')} |`,
  );
  return `| option | type | | what it is |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
