export { createFileKeyring, type FileKeyring, type FileKeyringOptions } from './keyring.ts';
export { openLoginDrop } from './login-drop.ts';
export { isInside } from './apart.ts';
