export type * from './door.ts';
export { modelJudge } from './judge.ts';
export { createModelKind, providers } from './model-kind.ts';
export { modelsPart } from './part.ts';
