import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { TokenClients } from '#contracts/token-clients.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';

/** What is known so far of who asks for what: a refusal tells it to the log. INVARIANT: no token, no words. */
export class Trail {
  readonly #before: Actor[] = [];
  readonly #details: Record<string, Json> = {};
  readonly #who: Actor;

  constructor(who: Actor) {
    this.#who = who;
  }

  /** For whom, or through whom it came. */
  came(actor: Actor): void {
    this.#before.push(actor);
  }

  note(details: JsonObject): void {
    Object.assign(this.#details, details);
  }

  get actors(): readonly Actor[] {
    return [...this.#before, this.#who];
  }

  get details(): JsonObject {
    return { ...this.#details };
  }
}

export function agentActor({ agent, instance, thumbprint }: EnrolledInstance): Actor {
  return { kind: 'agent', name: agent, instance, key: thumbprint };
}

/** INVARIANT: what is refused is on record before it is told; what failed is not told as a refusal. */
export async function onRecord<Answer>(
  clients: Pick<TokenClients, 'refuse'>,
  of: { readonly tenant: string; readonly source: string; readonly trail: Trail },
  act: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await act();
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.status >= 500) throw fault;
    const { tenant, source, trail } = of;
    const { actors, details } = trail;
    return clients.refuse({ tenant, source, actors, details, fault });
  }
}
