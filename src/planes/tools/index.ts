export type * from './door.ts';
export { diffDefinition, digestDefinition } from './definition.ts';
export { createToolGate } from './gate.ts';
export { manifestKind, toolServerKind } from './kinds.ts';
