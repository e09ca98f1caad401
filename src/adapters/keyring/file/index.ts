export { createFileKeyring, type FileKeyring, type FileKeyringOptions } from './keyring.ts';
