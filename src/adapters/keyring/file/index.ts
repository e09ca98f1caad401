export { createFileKeyring, type FileKeyring, type FileKeyringOptions } from './keyring.ts';
export { isInside } from './apart.ts';
