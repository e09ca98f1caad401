import type { Asker } from '#contracts/target-judge.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { reviewBound } from '#planes/lifecycle/index.ts';

interface Standing extends Asker {
  readonly agent: AgentEntry;
  readonly time: number;
}

/** As the gate of standing says it, as far as documents know: stops and quarantines of the moment stand in none. */
export function notStanding({ agent }: Pick<Standing, 'agent'>): Refusal | undefined {
  return agent.suspended ? refusal('standing/agent-suspended') : undefined;
}

/** As the gateway judges it once the class of effect is known, before policy is asked. */
export function withheld(
  { principal, agent, configuration, time }: Standing,
  effect: EffectClass,
): Refusal | undefined {
  const { binding, delegation, scope } = principal;
  if (scope?.effects?.includes(effect) === false) return refusal('identity/not-consented');
  const isConsented = delegation !== undefined && scope?.effects !== undefined;
  if (binding === 'none' && !isConsented && !agent.unboundEffects.includes(effect)) {
    return refusal('identity/unbound-not-allowed');
  }
  if (effect === 'read') return undefined;
  const tenant = configuration.snapshot.tenants[principal.tenant];
  return reviewBound(tenant, principal, time) === undefined
    ? undefined
    : refusal('standing/review-overdue');
}
