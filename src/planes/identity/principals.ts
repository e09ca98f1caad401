import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Binding, Principal } from '#kernel/principal.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { IdentityContext } from './door.ts';
import type { TokenClaims } from './tokens.ts';

const keptNames = 16_384;

/** INVARIANT: what is asked for by text never meets the prototype of an object. */
export function enrolledUnder(thumbprint: string, { roster }: IdentityContext) {
  return Object.hasOwn(roster.instances, thumbprint) ? roster.instances[thumbprint] : undefined;
}

type Claimed = Pick<TokenClaims, 'tenant' | 'agent' | 'instance' | 'thumbprint' | 'jti'>;

export type PrincipalOf = (
  claims: Claimed,
  binding: Binding,
  context: IdentityContext,
) => Principal | Refusal;

/** Tenant and standing of the key are looked up at every call; only the derived ids are kept. */
export function createPrincipals(): PrincipalOf {
  const names = createBoundedCache<string>(keptNames);
  const nameOf = (key: string): string => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = sha256Hex(key).slice(0, 32);
    names.set(key, name);
    return name;
  };
  return (claims, binding, context) => {
    const { tenant, agent, instance, thumbprint } = claims;
    if (tenant !== context.tenant) return refusal('identity/tenant-mismatch');
    if (thumbprint !== undefined) {
      const enrolled = enrolledUnder(thumbprint, context);
      if (enrolled === undefined) {
        return refusal('identity/key-mismatch', { message: 'the key is not enrolled any more' });
      }
      const same = enrolled.tenant === tenant && enrolled.agent === agent;
      if (!same || enrolled.instance !== instance) return refusal('identity/key-mismatch');
    }
    // One session and one task per instance for now; an unbound token is its own.
    const name = nameOf(
      thumbprint === undefined ? `bearer\n${tenant}\n${claims.jti}` : `${tenant}\n${instance}`,
    );
    return {
      kind: 'agent',
      tenant,
      agent,
      instance,
      user: undefined,
      task: `t-${name}`,
      session: `s-${name}`,
      hops: [],
      binding,
      keyThumbprint: thumbprint,
    };
  };
}
