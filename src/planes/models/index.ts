export type * from './door.ts';
export { modelKind } from './model-kind.ts';
export { modelsPart } from './part.ts';
export { modelQuestions } from './questions.ts';
