import type { Grant } from './grant.ts';
import { clientCredentials } from './grant-client-credentials.ts';
import { authorizationCode, refreshToken } from './grant-code.ts';
import { jwtBearer, jwtBearerGrant } from './grant-jwt-bearer.ts';
import { tokenExchange, tokenExchangeGrant } from './grant-token-exchange.ts';

/** What the token endpoint serves, by `grant_type`: whoever adds one adds a line. */
export const grants: ReadonlyMap<string, Grant> = new Map([
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  ['client_credentials', clientCredentials],
  [tokenExchangeGrant, tokenExchange],
  [jwtBearerGrant, jwtBearer],
]);
