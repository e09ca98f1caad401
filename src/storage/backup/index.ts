export type { OpenWith, SealFor } from './age-header.ts';
export { checkBackup, unpackBackup } from './unpack.ts';
export { takeBackup } from './pack.ts';

/** What `restore` leaves in the data folder; control takes it away once what it voids is void. */
export const restoredFile = 'restored';
