export type * from './door.ts';
export { createToolDesk } from './desk.ts';
export {
  type DefinitionChange,
  diffDefinition,
  digestDefinition,
  type DriftFinding,
  driftFindings,
  type Severity,
} from './drift.ts';
export { createToolGate } from './gate.ts';
export { manifestKind } from './manifest-kind.ts';
export { toolServerKind } from './server-kind.ts';
export { mayNotCall, threeQuestions } from './three-questions.ts';
