export type * from './door.ts';
export { createLender } from './lender.ts';
export { createScrubber } from './scrubber.ts';
export { createVault } from './vault.ts';
