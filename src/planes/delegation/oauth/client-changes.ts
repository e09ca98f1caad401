import type { Delegation, DelegationBook } from '#contracts/delegation-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { PersonSessions } from '#contracts/person-session.ts';
import { entriesOf } from '#contracts/section.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { type ClientEntry, clientSection, mayUseClient } from '#contracts/client-entry.ts';
import type { Clients } from './door.ts';

export interface ClientChangeParts {
  readonly book: Pick<DelegationBook, 'list'>;
  readonly delegations: Pick<Delegations, 'end'>;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly clients: Pick<Clients, 'documentOf'>;
}

export interface ClientChanges {
  /** Ends what a document lets no more. To be called once `next` is in force. */
  follow(next: Snapshot): Promise<void>;
}

const allOfThem = 100_000;

/**
 * INVARIANT: what a client does ends with what its document no longer says: at a change of it, and at the first
 * look after a start, when it changed while nobody looked.
 */
export function createClientChanges(parts: ClientChangeParts): ClientChanges {
  const before = new Map<string, string>();
  return {
    async follow(next) {
      for (const [tenant, of] of Object.entries(next.tenants)) {
        const entries = entriesOf(of, clientSection);
        const agents = Object.keys(of.agents);
        const text = canonicalText({ entries, agents } as unknown as JsonObject);
        if (before.get(tenant) === text) continue;
        await endOthers(parts, tenant);
        before.set(tenant, text);
      }
    },
  };
}

async function endOthers(parts: ClientChangeParts, tenant: string): Promise<void> {
  const open = await parts.book.list({ tenant, open: true, limit: allOfThem });
  for (const one of open) {
    if (one.client === undefined || isHandedOn(one) || (await stands(parts, one))) continue;
    const ground = { kind: 'delegation', id: one.id } as const;
    const reason = 'the document of its client lets it no more';
    await parts.delegations.end({ tenant, ground, by: 'system/documents', reason });
  }
}

/** What was handed on ends with what it was handed on from; an assertion was taken from a client of ours. */
function isHandedOn({ consent }: Delegation): boolean {
  return consent.includes(':') && !consent.startsWith('exchange:');
}

async function stands({ clients, sessions }: ClientChangeParts, of: Delegation): Promise<boolean> {
  const { tenant, client = '', user } = of;
  const document = await clients.documentOf(tenant, client);
  const session = user && (await sessions.get(tenant, user.session));
  if (document === undefined || session === undefined) return false;
  return lets(document, of) && mayUseClient(document, session);
}

/** Whatever was agreed to: more than the document lets now is let no more. */
function lets(document: ClientEntry, { agent, effects, consent }: Delegation): boolean {
  const isAgreed = consent === `Client/${document.name}` ? document.consent === 'policy' : true;
  const isWithin = effects.every((effect) => document.effects.includes(effect));
  return document.agent === agent && isWithin && isAgreed;
}
