import { hclValue, jsonEncoded } from './hcl.js';
import { type ArnOf, isArnOf, policyTree, type Resource, redriveOf, type Stack, type Tree } from './resources.js';

const TYPES = {
  queue: 'aws_sqs_queue',
  rule: 'aws_cloudwatch_event_rule',
  role: 'aws_iam_role',
  'bus-permission': 'aws_cloudwatch_event_permission',
} as const satisfies Record<Resource['kind'], string>;

/** HCL for the AWS provider of Terraform, and of OpenTofu. */
export function terraformOf(stack: Stack): string {
  const addressOf = (id: string) => {
    const found = stack.resources.find((resource) => resource.id === id);
    if (found === undefined) throw new Error(`The stack has no ${id}.`);
    return `${TYPES[found.kind]}.${labelOf(id)}`;
  };
  const arn = (tree: ArnOf | string) => (isArnOf(tree) ? `${addressOf(tree.arnOf)}.arn` : hclValue(tree));
  const json = (tree: Tree) => jsonEncoded(tree, (id) => `${addressOf(id)}.arn`);

  const blocksOf = (resource: Resource): readonly string[] => {
    const label = labelOf(resource.id);
    switch (resource.kind) {
      case 'queue':
        return [
          block(TYPES.queue, label, {
            name: hclValue(resource.name),
            message_retention_seconds: String(resource.keepSeconds),
            visibility_timeout_seconds: String(resource.hiddenSeconds),
            sqs_managed_sse_enabled: 'true',
            ...(resource.deadLetters === undefined ? {} : { redrive_policy: json(redriveOf(resource.deadLetters)) }),
          }),
          block('aws_sqs_queue_policy', label, {
            queue_url: `${TYPES.queue}.${label}.url`,
            policy: json(policyTree(resource.policy)),
          }),
        ];
      case 'rule':
        return [
          block(TYPES.rule, label, {
            name: hclValue(resource.name),
            description: hclValue(resource.description),
            event_pattern: json(resource.pattern),
          }),
          block(
            'aws_cloudwatch_event_target',
            label,
            {
              rule: `${TYPES.rule}.${label}.name`,
              target_id: hclValue('registrar'),
              arn: arn(resource.target),
              ...(resource.role === undefined ? {} : { role_arn: arn(resource.role) }),
            },
            {
              retry_policy: {
                maximum_event_age_in_seconds: String(resource.retry.maxAgeSeconds),
                maximum_retry_attempts: String(resource.retry.attempts),
              },
              dead_letter_config: { arn: arn(resource.deadLetters) },
            },
          ),
        ];
      case 'role':
        return [
          block(TYPES.role, label, {
            name: hclValue(resource.name),
            assume_role_policy: json(policyTree(resource.trust)),
          }),
          block('aws_iam_role_policy', label, {
            name: hclValue(resource.name),
            role: `${TYPES.role}.${label}.id`,
            policy: json(policyTree(resource.policy)),
          }),
        ];
      case 'bus-permission':
        return [
          block(TYPES['bus-permission'], label, {
            principal: hclValue(resource.account),
            statement_id: hclValue(`registrar-${resource.account}`),
            action: hclValue('events:PutEvents'),
          }),
        ];
    }
  };

  const { title, account, region, output } = stack;
  const head = `# ${title}.\n# To be applied in account ${account}, Region ${region}.\n`;
  const url = output === undefined ? [] : [`output "queue_url" {\n  value = ${addressOf(output)}.url\n}\n`];
  return [head, ...stack.resources.flatMap(blocksOf), ...url].join('\n');
}

type Attributes = Readonly<Record<string, string>>;

function block(type: string, label: string, attributes: Attributes, inner: Readonly<Record<string, Attributes>> = {}) {
  const blocks = Object.entries(inner).map(([name, lines]) => `\n  ${name} {\n${lined(lines, '    ')}  }\n`);
  return `resource "${type}" "${label}" {\n${lined(attributes, '  ')}${blocks.join('')}}\n`;
}

/** As `terraform fmt` would have it: what spans lines stands apart in the alignment. */
function lined(attributes: Attributes, indent: string): string {
  const entries = Object.entries(attributes);
  const width = Math.max(...entries.filter(([, value]) => !value.includes('\n')).map(([name]) => name.length));
  return entries
    .map(([name, value]) => {
      const padded = value.includes('\n') ? name : name.padEnd(width);
      return `${indent}${padded} = ${value.replaceAll('\n', `\n${indent}`)}\n`;
    })
    .join('');
}

/** `TheQueue` is `the_queue`. */
function labelOf(id: string): string {
  return id.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
}
