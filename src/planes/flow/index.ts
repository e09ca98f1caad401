export type * from './door.ts';
export { createFlowMemory } from './memory.ts';
export { readWords } from './words.ts';
