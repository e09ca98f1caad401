export type * from './door.ts';
export { type ScimAnswer, scimError } from './answers.ts';
export { createScimDesk } from './scim-desk.ts';
export { createDirectoryDesk } from './token-desk.ts';
