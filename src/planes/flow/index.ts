export type * from './door.ts';
export { argumentAt, mostProved, provedArguments, sinkOf, withoutAnswered } from './answered.ts';
export { clearanceOf, leavesBy } from './clearance.ts';
export { acts } from './judge.ts';
export { createFlowMemory } from './memory.ts';
export { readSpoken } from './spoken.ts';
export { Repeats, turnsOf } from './turns.ts';
export { readWords } from './words.ts';
