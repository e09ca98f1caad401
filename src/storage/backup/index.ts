export type { OpenWith, SealFor } from './age-header.ts';
export { checkBackup, unpackBackup } from './unpack.ts';
export { takeBackup } from './pack.ts';
export { filesToPack } from './files.ts';
export { askForCut, type CutServer, cutSocket, type HeldCut, serveCuts } from './cut-line.ts';
export { filesOfRunning } from './running.ts';

/** What `restore` leaves in the data folder; control takes it away once what it voids is void. */
export const restoredFile = 'restored';
