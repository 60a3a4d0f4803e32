export { compilePolicies, type PolicyFault, policyFaults } from './compile.js';
export { evaluate, type Votes } from './evaluate.js';
export {
  type EvidenceFacts,
  evidenceFacts,
  type Fact,
  factOf,
  type NeededFacts,
  type PolicyFacts,
  type ProductionFacts,
} from './facts.js';
export { type DecisionPermission, type DecisionSubject, mayDecide } from './may-decide.js';
export { neededFacts } from './needed-facts.js';
export { isCertain, isViolation, withoutDecider } from './out-of-band.js';
export {
  type Policy,
  type PolicyConfig,
  type PolicyDeciders,
  type PolicyRegistry,
  type PolicyRule,
  productionRule,
  type RequiredEvidence,
  selectPolicy,
} from './policy.js';
