export type * from './door.ts';
export { effectsOfScope } from './asked.ts';
export { clientKind } from './client-kind.ts';
export { type ClientEntry, clientSection } from '#contracts/client-entry.ts';
export type { ConsentDesk } from './consent-desk.ts';
export { createOAuthServer, type OAuthServer } from './server.ts';
