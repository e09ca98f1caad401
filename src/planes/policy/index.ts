export type * from './door.ts';
export {
  builtinPolicies,
  builtinPolicyName,
  flowClass,
  flowPolicies,
  gateRules,
  isOutOfReach,
  withBuiltins,
} from './builtin.ts';
export { doubtDraft, policyFaults, policyHealthTold } from './doubt.ts';
export { explainDecision } from './explanation.ts';
export { type PolicyGateParts, createPolicyGate } from './gate.ts';
export { policyKind } from './policy-kind.ts';
