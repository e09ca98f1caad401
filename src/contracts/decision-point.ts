import type { JsonObject } from '#kernel/json/value.ts';
import type { PdpEntry } from '#kernel/snapshot.ts';

export interface DecisionAsk {
  readonly pdp: PdpEntry;
  /** What proves who asks; undefined where its document names no secret. */
  readonly credential: string | undefined;
  /** By which both sides find this question again. */
  readonly id: string;
  /** Subject, action, resource and context. */
  readonly question: JsonObject;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

export type DecisionAnswer =
  | { readonly kind: 'permit' }
  | { readonly kind: 'deny' }
  /** `reason`: in our words; nothing of what came from outside. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * Whoever elsewhere decides whether a user may. INVARIANT: it never rejects, it answers within the time that
 * its document gives it, and nothing is a permit but a whole and well-formed answer that says so. It is asked
 * each time: no answer serves twice.
 */
export interface DecisionPoint {
  ask(ask: DecisionAsk): Promise<DecisionAnswer>;
}
