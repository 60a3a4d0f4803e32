import { isArnOf, type Tree } from './resources.js';

/** A literal of HCL. In a text, `${` and `%{` would begin a template. */
export function hclValue(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value).replaceAll('${', '$${').replaceAll('%{', '%%{');
}

/** `jsonencode` of a value in which an ARN may be an expression. */
export function jsonEncoded(tree: Tree, arn: (id: string) => string): string {
  return `jsonencode(${expression(tree, arn, '')})`;
}

function expression(tree: Tree, arn: (id: string) => string, indent: string): string {
  if (typeof tree !== 'object') return hclValue(tree);
  if (isArnOf(tree)) return arn(tree.arnOf);
  const deeper = `${indent}  `;
  if (Array.isArray(tree)) {
    const items = tree.map((each: Tree) => expression(each, arn, deeper));
    const isShort = items.every((item) => !item.includes('\n'));
    return isShort ? `[${items.join(', ')}]` : `[\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}]`;
  }
  const entries = Object.entries(tree).map(
    ([key, value]) => `${deeper}${hclValue(key)} = ${expression(value as Tree, arn, deeper)}\n`,
  );
  return `{\n${entries.join('')}${indent}}`;
}
