import type { IdentityProvider } from '#contracts/identity-provider.ts';
import type { UserToken, UserTokens, UserTokenUse } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import { vouchedFor } from './claims.ts';
import { type Configured, namedGroups, providersOf } from './providers.ts';
import { checkStrength } from './strength.ts';

export interface UserTokenParts {
  readonly provider: IdentityProvider;
  readonly configured: Configured;
  readonly clock: Clock;
}

/** INVARIANT: by the same documents, the same claims and the same demands as at sign-in. */
export function createUserTokens({ provider, configured, clock }: UserTokenParts): UserTokens {
  return {
    async read({ tenant: name, token, use, audience }): Promise<UserToken> {
      const tenant = configured.tenant(name);
      const issuer = provider.issuerOf(token);
      const entries = providersOf(tenant).filter((one) => one.oidc.issuer === issuer);
      // Of several documents for one issuer, the one whose audience it is; else the refusal of the last.
      let fault: unknown = new BailiwickError('identity/invalid-token', {
        message: 'this is no token of an identity provider that is configured',
      });
      for (const entry of entries) {
        try {
          const { claims, expiresAt } = await provider.read({
            tenant: name,
            entry,
            token,
            use,
            audience,
          });
          const vouched = vouchedFor(entry, claims, namedGroups(tenant, entry));
          const { require } = entry;
          checkStrength(vouched.user, { require, beside: undefined, now: clock.now() });
          return {
            ...vouched,
            provider: entry.name,
            expiresAt,
            jti: textOf(claims['jti']),
            client: clientIn(claims, use),
            scope: textOf(claims['scope']),
            resource: textOf(claims['resource']),
          };
        } catch (why) {
          fault = why;
        }
      }
      throw fault;
    },
  };
}

/** INVARIANT: an assertion is for the client that it names as such, whatever else it says. */
function clientIn(claims: JsonObject, use: UserTokenUse): string | undefined {
  const client = textOf(claims['client_id']);
  return use === 'id-jag' ? client : (textOf(claims['azp']) ?? client);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
