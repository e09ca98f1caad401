import { sha256Base64url } from '#kernel/digest.ts';
import type { Principal } from '#kernel/principal.ts';

const known = new WeakMap<Principal, string>();

/** One instance at one task: whose something is that a client carries about, and nobody else may use. */
export function holderOf(principal: Principal): string {
  const found = known.get(principal);
  if (found !== undefined) return found;
  const { tenant, agent, instance, task } = principal;
  const holder = sha256Base64url([tenant, agent, instance, task].join('\n')).slice(0, 22);
  known.set(principal, holder);
  return holder;
}
