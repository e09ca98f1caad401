export type * from './door.ts';
export { mendingSignIns } from './mending.ts';
export { createCookieBinding, sessionKey } from './bound-cookie.ts';
export { createSignInDesk } from './desk.ts';
export { identityProviderKind } from './identity-provider-kind.ts';
export { configuredBy } from './providers.ts';
export { createSignIns, type SignInParts } from './sessions.ts';
export { createUserTokens } from './user-tokens.ts';
