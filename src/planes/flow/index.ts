export type * from './door.ts';
export { acts } from './judge.ts';
export { createFlowMemory } from './memory.ts';
export { readWords } from './words.ts';
