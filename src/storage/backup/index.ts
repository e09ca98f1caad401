export type { OpenWith, SealFor } from './age-header.ts';
export { checkBackup, unpackBackup } from './unpack.ts';
export { takeBackup } from './pack.ts';
