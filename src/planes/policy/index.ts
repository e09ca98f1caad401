export type * from './door.ts';
export {
  builtinPolicies,
  builtinPolicyName,
  flowClass,
  isOfStrangers,
  flowPolicies,
  gateRules,
  isOutOfReach,
  policiesOf,
  withBuiltins,
} from './builtin.ts';
export { doubtDraft, policyFaults, policyHealthTold } from './doubt.ts';
export { explainDecision } from './explanation.ts';
export { type PolicyGateParts, createPolicyGate } from './gate.ts';
export { flowSentence } from './flow-sentence.ts';
export { placeRules, type RulePlace } from './rule-places.ts';
export {
  createShadowBook,
  type ShadowBook,
  type ShadowReport,
  shadowReportOf,
} from './shadow-book.ts';
export { riskListKind } from './risk-list-kind.ts';
export { policyIn, policyKind } from './policy-kind.ts';
export { rulesInForce } from './rules-in-force.ts';
