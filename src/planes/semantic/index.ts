export type * from './door.ts';
export { createInspector, type InspectorOptions } from './inspector.ts';
