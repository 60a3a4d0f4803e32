import type { Caller } from '../domain/access.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { ProductionRule } from '../domain/policy.js';
import { type ModelRef, modelOf } from '../domain/refs.js';
import { whyNobody } from './approvals.js';
import type { DecisionService } from './decide.js';
import { mayDecide, type Policy, productionRule, selectPolicy } from './policy/index.js';

/** What lists over many versions ask of the policies: judged without reading anything. */
export function createListRules(service: Pick<DecisionService, 'registries' | 'policies' | 'policyRegistry'>) {
  const policyOf = (model: ModelRef): Policy | null =>
    selectPolicy(service.policies, service.policyRegistry(model.registryId), model);
  return {
    mayDecide(caller: Caller, version: ModelVersionRecord): boolean {
      if (whyNobody(service, version) !== null) return false;
      const model = modelOf(version.ref);
      const { approve, reject, reset } = mayDecide(policyOf(model), caller, { model, createdBy: version.createdBy });
      return approve || reject || reset;
    },
    productionRule: (model: ModelRef): ProductionRule => productionRule(policyOf(model)),
  };
}
