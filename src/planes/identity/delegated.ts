import type { MarkClaims } from '#contracts/claim-marks.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Binding, Principal, UserLeg } from '#kernel/principal.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { traceByToken } from '#kernel/trace.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { IdentityContext } from './door.ts';
import { begunIn } from './roster.ts';
import type { DelegatedClaims } from './delegated-claims.ts';
import type { TokenClaims } from './tokens.ts';

const keptPrincipals = 16_384;

type Claimed = Pick<TokenClaims, 'tenant' | 'agent' | 'instance' | 'thumbprint' | 'jti'> & {
  readonly delegated: DelegatedClaims;
};

interface Known {
  readonly principal: Principal;
  /** The very one that the roster had: effects narrow as targets do. */
  readonly scope: TaskScope | undefined;
}

/**
 * Who acts by a token that says itself for whom and in which task. What it stands on can be withdrawn at
 * any time, which the overlay says; what its task is narrowed to, the roster. INVARIANT: a narrowed token
 * whose scope is not known here has no right at all.
 */
export function createDelegated(mark: MarkClaims | undefined) {
  const known = createBoundedCache<Known>(keptPrincipals);
  return (claims: Claimed, binding: Binding, context: IdentityContext): Principal | Refusal => {
    if (isKeyOfAnother(claims, context)) return refusal('identity/key-mismatch');
    const begun = begunIn(context.roster, claims.tenant, claims.delegated.task);
    if (begun !== undefined && begun.until <= context.now) return refusal('identity/task-ended');
    const scope = begun?.scope;
    if (claims.delegated.isScoped && scope === undefined) return refusal('identity/unknown-scope');
    const name = `${claims.jti}\n${binding}`;
    const before = known.get(name);
    if (before !== undefined && before.scope === scope) return before.principal;
    const principal = principalOf(claims, binding, scope, mark);
    known.set(name, { principal, scope });
    return principal;
  };
}

/** A key that is enrolled is one instance's, whatever a token makes of it. */
function isKeyOfAnother(
  { tenant, agent, instance, thumbprint = '' }: Claimed,
  { roster: { instances } }: IdentityContext,
): boolean {
  const enrolled = Object.hasOwn(instances, thumbprint) ? instances[thumbprint] : undefined;
  if (enrolled === undefined) return false;
  const same = enrolled.tenant === tenant && enrolled.agent === agent;
  return !same || enrolled.instance !== instance;
}

function principalOf(
  { tenant, agent, instance, thumbprint, jti, delegated }: Claimed,
  binding: Binding,
  given: TaskScope | undefined,
  mark: MarkClaims | undefined,
): Principal {
  const { id, client, issuedAt, user, hops, task, root, session, carried, trace } = delegated;
  const token = sha256Hex(jti);
  const scope = scopeOf(delegated, given);
  return Object.freeze({
    kind: 'agent',
    tenant,
    agent,
    instance,
    user: user === undefined ? undefined : marked(tenant, user, mark),
    task,
    session,
    hops,
    delegation: {
      id,
      client,
      issuedAt,
      token,
      ...(root === undefined ? {} : { root }),
      ...(carried === undefined ? {} : { carried }),
      ...(trace === undefined ? {} : { trace: traceByToken(trace, token) }),
    },
    ...(scope === undefined ? {} : { scope }),
    binding,
    keyThumbprint: thumbprint,
  });
}

function marked(tenant: string, user: UserLeg, mark: MarkClaims | undefined): UserLeg {
  const { claims } = user;
  if (mark === undefined || claims === undefined) return user;
  return Object.freeze({ ...user, marks: mark(tenant, claims) });
}

/** Both the consent and the task narrow: what one of them leaves out is out. */
function scopeOf(
  { effects }: DelegatedClaims,
  given: TaskScope | undefined,
): TaskScope | undefined {
  const both = effects?.filter((effect) => given?.effects?.includes(effect) !== false);
  const left = both ?? given?.effects;
  const { targets, amounts } = given ?? {};
  if (left === undefined && targets === undefined && amounts === undefined) return undefined;
  return {
    ...(targets === undefined ? {} : { targets }),
    ...(left === undefined ? {} : { effects: left }),
    ...(amounts === undefined ? {} : { amounts }),
  };
}
