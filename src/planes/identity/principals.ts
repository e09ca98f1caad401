import type { MarkClaims } from '#contracts/claim-marks.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Binding, Hop, Principal } from '#kernel/principal.ts';
import type { RosterEntry, RosterTask, TaskScope } from '#kernel/snapshot.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { IdentityContext } from './door.ts';
import { createDelegated } from './delegated.ts';
import { begunIn } from './roster.ts';
import type { TokenClaims } from './tokens.ts';

const keptNames = 16_384;

/** INVARIANT: what is asked for by text never meets the prototype of an object. */
export function enrolledUnder(thumbprint: string, { roster }: IdentityContext) {
  return Object.hasOwn(roster.instances, thumbprint) ? roster.instances[thumbprint] : undefined;
}

type Claimed = Pick<
  TokenClaims,
  'tenant' | 'agent' | 'instance' | 'thumbprint' | 'jti' | 'delegated'
>;

type Place = NonNullable<RosterEntry['current']>;

/** Tenant, agent and instance are looked up at every call, and so is the task that they work in. */
function ofKey(claims: Claimed, context: IdentityContext): Narrowed | Refusal {
  const { tenant, agent, instance, thumbprint = '' } = claims;
  const enrolled = enrolledUnder(thumbprint, context);
  if (enrolled === undefined) {
    return refusal('identity/key-mismatch', { message: 'the key is not enrolled any more' });
  }
  const same = enrolled.tenant === tenant && enrolled.agent === agent;
  if (!same || enrolled.instance !== instance) return refusal('identity/key-mismatch');
  return standingIn(enrolled.current, claims, context);
}

/** INVARIANT: a task whose time is over has ended, whether control has said so yet or not. */
function standingIn<Standing extends RosterTask>(
  place: Standing | undefined,
  { tenant }: Pick<Claimed, 'tenant'>,
  { roster, now }: IdentityContext,
): (Standing & { readonly scope: TaskScope | undefined }) | Refusal {
  if (place === undefined) return refusal('identity/no-task');
  const begun = begunIn(roster, tenant, place.task);
  if (begun !== undefined && begun.until <= now) return refusal('identity/task-ended');
  return { ...place, scope: begun?.scope };
}

interface Narrowed extends Place {
  readonly scope: TaskScope | undefined;
}

export type PrincipalOf = (
  claims: Claimed,
  binding: Binding,
  context: IdentityContext,
) => Principal | Refusal;

/** Tenant and standing of the key are looked up at every call; only the derived ids are kept. */
export function createPrincipals(mark?: MarkClaims): PrincipalOf {
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
  const ofBearer = (claims: Claimed, context: IdentityContext) => {
    const { tenant, agent, jti } = claims;
    const name = `${tenant}/${agent}`;
    const { unbound = {} } = context.roster;
    const current = Object.hasOwn(unbound, name) ? unbound[name] : undefined;
    const place = standingIn(current, claims, context);
    if (isRefusal(place)) return place;
    return { ...place, session: `s-${nameOf(`${place.task}\n${jti}`)}` };
  };
  const known = new KnownPrincipals();
  const delegated = createDelegated(mark);
  return (claims, binding, context) => {
    const { tenant, thumbprint } = claims;
    if (tenant !== context.tenant) return refusal('identity/tenant-mismatch');
    if (claims.delegated !== undefined) {
      return delegated({ ...claims, delegated: claims.delegated }, binding, context);
    }
    const place = thumbprint === undefined ? ofBearer(claims, context) : ofKey(claims, context);
    return isRefusal(place) ? place : known.of(claims, binding, place);
  };
}

/**
 * The same object while it says the same, so that whoever writes it down need write it once.
 * INVARIANT: it only spares the making: standing and place are looked up at every call before it.
 */
class KnownPrincipals {
  readonly #byName = createBoundedCache<Principal>(keptNames);

  of(claims: Claimed, binding: Binding, place: Narrowed): Principal {
    const name = `${claims.instance}\n${place.session}\n${binding}`;
    const before = this.#byName.get(name);
    if (before !== undefined && isOf(before, claims, place)) return before;
    const principal = principalAt(claims, binding, place);
    this.#byName.set(name, principal);
    return principal;
  }
}

function isOf(principal: Principal, claims: Claimed, place: Narrowed): boolean {
  return (
    principal.tenant === claims.tenant &&
    principal.agent === claims.agent &&
    principal.keyThumbprint === claims.thumbprint &&
    principal.task === place.task &&
    principal.scope === place.scope &&
    principal.tasks === place.tasks
  );
}

const noHops: readonly Hop[] = Object.freeze([]);

function principalAt(
  { tenant, agent, instance, thumbprint }: Claimed,
  binding: Binding,
  { task, session, tasks, scope }: Narrowed,
): Principal {
  return Object.freeze({
    kind: 'agent',
    tenant,
    agent,
    instance,
    user: undefined,
    task,
    session,
    ...(tasks === undefined ? {} : { tasks }),
    ...(scope === undefined ? {} : { scope }),
    hops: noHops,
    binding,
    keyThumbprint: thumbprint,
  });
}
