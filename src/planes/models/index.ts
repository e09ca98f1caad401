export type * from './door.ts';
export { createModelKind, providers } from './model-kind.ts';
export { modelsPart } from './part.ts';
export { modelQuestions } from './questions.ts';
