export { neededOf } from './needed-fields.ts';
export type * from './door.ts';
export {
  registryKind,
  judgeSource,
  type SignersNeeded,
  signersNeeded,
} from './provenance/registry-kind.ts';
export { sourceOf, type ServerSource } from './provenance/source.ts';
export { createToolDesk } from './desk.ts';
export {
  type DefinitionChange,
  diffDefinition,
  digestDefinition,
  type DriftFinding,
  driftFindings,
  type Severity,
  severityOf,
} from './drift.ts';
export { checkContents, type ListShape, type ReadItem, readPage } from './offers/shapes.ts';
export { judgedOffer, ownResourceJudge, promptJudge, resourceJudge } from './offers/judges.ts';
export { offersIn } from './offers/view.ts';
export type * from './offers/door.ts';
export {
  definitionFindings,
  type Finding,
  type Introduced,
  introduces,
} from './definition/index.ts';
export { exceptionsDue } from './exceptions.ts';
export { unfitness } from './fitness.ts';
export { createToolGate, noQuarantine } from './gate.ts';
export { outsideListed } from './listed-bounds.ts';
export { entitlementKind } from './entitlement-kind.ts';
export { manifestKind } from './manifest-kind.ts';
export { readScope } from './read-scope.ts';
export { type SeenCall, suggestManifest, type SuggestedManifest } from './suggest.ts';
export { draftFlow } from './suggest-flow.ts';
export { toolServerKind } from './server-kind.ts';
export { mayNotCall } from './three-questions.ts';
export { toolJudge } from './tool-judge.ts';
export { createToolAuthors } from './authors.ts';
