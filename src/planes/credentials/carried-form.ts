import type { CarriedToken } from '#contracts/carried-token.ts';
import type { ExchangeUse } from '#kernel/snapshot.ts';
import type { Form } from './exchange-form.ts';

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessType = 'urn:ietf:params:oauth:token-type:access_token';
export const idJagType = 'urn:ietf:params:oauth:token-type:id-jag';

/**
 * What goes to whoever made the user's token, or trusts who did, beside who we are. INVARIANT: the user's token goes
 * to the one place that the document of the server names for it, and to no tool server.
 */
export function carriedForm(use: ExchangeUse, carried: CarriedToken): Form {
  const { audience, resource, scope, connection } = use;
  const subject = { subject_token: carried.token, subject_token_type: carried.type };
  switch (use.mode) {
    case 'on-behalf-of':
      return {
        grant_type: jwtBearer,
        assertion: carried.token,
        requested_token_use: 'on_behalf_of',
        ...given({ scope }),
      };
    case 'federated-token':
      return {
        grant_type:
          'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
        ...subject,
        requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
        ...given({ connection }),
      };
    case 'id-jag-exchange':
      return {
        grant_type: tokenExchange,
        ...subject,
        requested_token_type: idJagType,
        // The one that will take the assertion, never the one that makes it.
        audience: use.issuer,
        ...given({ resource, scope }),
      };
    case 'user-token':
    case 'token-exchange':
    case 'id-jag':
    case 'client-credentials':
      return {
        grant_type: tokenExchange,
        ...subject,
        requested_token_type: accessType,
        ...given({ audience, resource, scope }),
      };
  }
}

/** The second leg: what the provider made goes to whom it was made for. */
export function assertionForm(assertion: string, { scope }: ExchangeUse): Form {
  return { grant_type: jwtBearer, assertion, ...given({ scope }) };
}

function given(fields: Readonly<Record<string, string | undefined>>): Form {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
