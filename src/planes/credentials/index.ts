export type * from './door.ts';
export { createSecretDesk } from './desk.ts';
export { createLender } from './lender.ts';
export { createScrubber } from './scrubber.ts';
export { createVault } from './vault.ts';
