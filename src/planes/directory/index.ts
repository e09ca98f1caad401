export type * from './door.ts';
export { type ScimAnswer, scimError } from './answers.ts';
export { directoryKind } from './directory-kind.ts';
export { createUserPresence } from './user-presence.ts';
export { createScimDesk } from './scim-desk.ts';
export { createDirectoryDesk } from './token-desk.ts';
