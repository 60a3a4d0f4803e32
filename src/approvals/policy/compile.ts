import { type CompiledExpression, compile, ExpressionFault } from './expressions.js';
import type { CompiledRule, Policy, PolicyConfig, PolicyRule } from './policy.js';

/** One thing wrong with the config section `policies`. */
export interface PolicyFault {
  /** Where, e.g. `policies[1].rules[0].check`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** Expressions are parsed and checked here, once. @throws Error for policies of which `policyFaults` tells a fault. */
export function compilePolicies(configs: readonly PolicyConfig[]): readonly Policy[] {
  return configs.map((config) => ({ config, rules: config.rules.map(compileRule) }));
}

function compileRule(rule: PolicyRule): CompiledRule {
  return { rule, when: rule.when === undefined ? null : compile(rule.when), check: compile(rule.check) };
}

/** Every fault there is, for the start to report. */
export function policyFaults(policies: readonly PolicyConfig[], registryIds: readonly string[]): PolicyFault[] {
  const ids = policies.map(({ id }) => id);
  return policies.flatMap((policy, index) => {
    const at = `policies[${index}]`;
    return [
      ...repeated(ids, index).map((first) => ({
        path: `${at}.id`,
        message: `policies[${first}] has this id already. Ids must differ.`,
      })),
      ...unknownRegistries(policy, at, registryIds),
      ...contradictions(policy, at),
      ...policy.rules.flatMap((_, rule) => ruleFaults(policy.rules, rule, `${at}.rules[${rule}]`)),
    ];
  });
}

function unknownRegistries({ registries = [] }: PolicyConfig, at: string, known: readonly string[]): PolicyFault[] {
  return registries.flatMap((id, index) => {
    if (known.includes(id)) return [];
    return [
      { path: `${at}.registries[${index}]`, message: `There is no such registry. There are: ${known.join(', ')}.` },
    ];
  });
}

function contradictions({ onPass, requiredApprovals, rules }: PolicyConfig, at: string): PolicyFault[] {
  if (onPass !== 'approve') return [];
  const faults: PolicyFault[] = [];
  if (requiredApprovals > 1) {
    faults.push({
      path: `${at}.requiredApprovals`,
      message:
        'Rules that approve by themselves leave no votes to ask for. Set onPass to review, or require 1 approval.',
    });
  }
  if (rules.length === 0) {
    faults.push({
      path: `${at}.rules`,
      message: 'Without a rule, everything would be approved unseen. Write a rule, or set onPass to review.',
    });
  }
  return faults;
}

function ruleFaults(rules: readonly PolicyRule[], index: number, at: string): PolicyFault[] {
  const { when, check } = rules[index] ?? {};
  const names = rules.map(({ name }) => name);
  return [
    ...repeated(names, index).map((first) => ({
      path: `${at}.name`,
      message: `Rule ${first} of this policy has this name already. Names must differ within a policy.`,
    })),
    ...expressionFaults(when, `${at}.when`),
    ...expressionFaults(check, `${at}.check`),
  ];
}

function expressionFaults(source: string | undefined, path: string): PolicyFault[] {
  if (source === undefined) return [];
  const compiled = attempt(source);
  return compiled instanceof ExpressionFault ? [{ path, message: compiled.message }] : [];
}

function attempt(source: string): CompiledExpression | ExpressionFault {
  try {
    return compile(source);
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
}

/** The index of the first that is the same; none where it is the first itself. */
function repeated(values: readonly string[], index: number): number[] {
  const first = values.indexOf(values[index] ?? '');
  return first >= 0 && first < index ? [first] : [];
}
