export type * from './door.ts';
export { createInspector } from './inspector.ts';
