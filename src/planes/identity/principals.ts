import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Binding, Principal } from '#kernel/principal.ts';
import type { RosterEntry } from '#kernel/snapshot.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { IdentityContext } from './door.ts';
import type { TokenClaims } from './tokens.ts';

const keptNames = 16_384;

/** INVARIANT: what is asked for by text never meets the prototype of an object. */
export function enrolledUnder(thumbprint: string, { roster }: IdentityContext) {
  return Object.hasOwn(roster.instances, thumbprint) ? roster.instances[thumbprint] : undefined;
}

type Claimed = Pick<TokenClaims, 'tenant' | 'agent' | 'instance' | 'thumbprint' | 'jti'>;

type Place = NonNullable<RosterEntry['current']>;

/** Tenant, agent and instance are looked up at every call, and so is the task that they work in. */
function ofKey(claims: Claimed, context: IdentityContext): Place | Refusal {
  const { tenant, agent, instance, thumbprint = '' } = claims;
  const enrolled = enrolledUnder(thumbprint, context);
  if (enrolled === undefined) {
    return refusal('identity/key-mismatch', { message: 'the key is not enrolled any more' });
  }
  const same = enrolled.tenant === tenant && enrolled.agent === agent;
  if (!same || enrolled.instance !== instance) return refusal('identity/key-mismatch');
  return enrolled.current ?? refusal('identity/no-task');
}

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
  // One session for each token, which proves no instance; its task is the agent's, or that of all
  // unbound bearers of an agent whose instances share none.
  const ofBearer = ({ tenant, agent, jti }: Claimed, { roster }: IdentityContext) => {
    const name = `${tenant}/${agent}`;
    const { unbound = {} } = roster;
    const current = Object.hasOwn(unbound, name) ? unbound[name] : undefined;
    if (current === undefined) return refusal('identity/no-task');
    return { ...current, session: `s-${nameOf(`${current.task}\n${jti}`)}` };
  };
  return (claims, binding, context) => {
    const { tenant, agent, instance, thumbprint } = claims;
    if (tenant !== context.tenant) return refusal('identity/tenant-mismatch');
    const place = thumbprint === undefined ? ofBearer(claims, context) : ofKey(claims, context);
    if (isRefusal(place)) return place;
    return {
      kind: 'agent',
      tenant,
      agent,
      instance,
      user: undefined,
      task: place.task,
      session: place.session,
      ...(place.tasks === undefined ? {} : { tasks: place.tasks }),
      hops: [],
      binding,
      keyThumbprint: thumbprint,
    };
  };
}
