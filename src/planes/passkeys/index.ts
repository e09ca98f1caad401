export { createPasskeyDesk } from './desk.ts';
export type { PasskeyDesk } from './door.ts';
export { endSignIns } from './end-sign-ins.ts';
