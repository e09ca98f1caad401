import { sha256Base64url } from '#kernel/digest.ts';
import type { Principal } from '#kernel/principal.ts';

const known = new WeakMap<Principal, string>();

/**
 * One instance at one task, for one user: whose something is that a client carries about, and nobody else
 * may use.
 */
export function holderOf(principal: Principal): string {
  const found = known.get(principal);
  if (found !== undefined) return found;
  const { tenant, agent, instance, task, user, delegation } = principal;
  const own = [tenant, agent, instance, task];
  // An instance that acts for nobody is called as it always was.
  if (delegation !== undefined) own.push(delegation.id, user?.issuer ?? '', user?.subject ?? '');
  const holder = sha256Base64url(own.join('\n')).slice(0, 22);
  known.set(principal, holder);
  return holder;
}
