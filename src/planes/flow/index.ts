export type * from './door.ts';
export { argumentAt, mostProved, provedArguments, sinkOf, withoutAnswered } from './answered.ts';
export { acts } from './judge.ts';
export { createFlowMemory } from './memory.ts';
export { readWords } from './words.ts';
