export type * from './door.ts';
export { createSignIns, type SignInParts } from './sessions.ts';
