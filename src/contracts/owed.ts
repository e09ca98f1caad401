import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { OutboxDraft } from './outbox.ts';

/** Every kind of reaction that there is; wiring has a file for each. */
export const owedKinds = [
  'record', // an act that took effect first is put on record
  'recompile', // documents, pins or secrets become the next Snapshot
  'roster', // gateways hear who is enrolled
  'tools-seen', // what a look at a tool server changed is judged
  'tool-pinned', // a quarantine of a whole server may be over
  'server-removed', // what was approved of a tool server goes with its document
  'session-ended', // a human is not signed in any more: what stands on it ends too
  'delegated-task-ended', // what acted in it does no more
  'delegation-ended', // gateways believe its tokens no more, and its task ends
  'user-gone', // somebody left: what stands on their sign-in ends
  'owners', // who is there has changed: whose agents have an owner is looked at
  'user-said', // a user replied to a question of a gateway: whether they may is judged
  'consent-changed', // a user agrees to less than before: what stands on it ends
] as const;

export type OwedKind = (typeof owedKinds)[number];

/** The record of an act that takes privilege away: it takes effect first and is surely recorded. */
export function oweRecord(draft: RecordDraft, now: number): OutboxDraft {
  // A record is plain data; it is checked again by the recorder when it is written.
  return owe('record', draft.tenant, now, draft as unknown as JsonObject);
}

export function oweRecompile(tenant: string, now: number): OutboxDraft {
  return owe('recompile', tenant, now);
}

export function oweRoster(tenant: string, now: number): OutboxDraft {
  return owe('roster', tenant, now);
}

/** The server is the body. */
export function oweToolPinned(tenant: string, server: string, now: number): OutboxDraft {
  return owe('tool-pinned', tenant, now, { server });
}

/** The server is the body. */
export function oweServerRemoved(tenant: string, server: string, now: number): OutboxDraft {
  return owe('server-removed', tenant, now, { server });
}

/** The sign-in is the body. */
export function oweSessionEnded(tenant: string, session: string, now: number): OutboxDraft {
  return owe('session-ended', tenant, now, { session });
}

/** The consent is the body, and who changed it why. */
export function oweConsentChanged(
  tenant: string,
  change: { readonly consent: string; readonly reason: string; readonly by: string },
  now: number,
): OutboxDraft {
  return owe('consent-changed', tenant, now, change);
}

/** The approval is the body, and what was said of it; owed once, so the first word stands. */
export function oweUserSaid(
  tenant: string,
  said: { readonly approval: string; readonly verdict: 'approve' | 'reject' },
  now: number,
): OutboxDraft {
  return { ...owe('user-said', tenant, now, said), id: `user-said-${said.approval}` };
}

/** The task is the body. */
export function oweDelegatedTaskEnded(tenant: string, task: string, now: number): OutboxDraft {
  const draft = owe('delegated-task-ended', tenant, now, { task });
  return { ...draft, id: `delegated-task-ended-${task}` };
}

/** The delegation is the body. */
export function oweDelegationEnded(tenant: string, delegation: string, now: number): OutboxDraft {
  const draft = owe('delegation-ended', tenant, now, { delegation });
  return { ...draft, id: `delegation-ended-${delegation}` };
}

/** Who left, or is not called so any more, as their directory named them. */
export interface GoneUser {
  readonly tenant: string;
  /** The directory's resource. */
  readonly user: string;
  readonly why: 'left' | 'renamed';
  readonly userName: string;
  readonly externalId: string | undefined;
  readonly emails: readonly string[];
}

export function oweUserGone({ tenant, externalId, ...gone }: GoneUser, now: number): OutboxDraft {
  const named = externalId === undefined ? {} : { externalId };
  return owe('user-gone', tenant, now, { ...gone, ...named });
}

export function oweOwners(tenant: string, now: number): OutboxDraft {
  return owe('owners', tenant, now);
}

export function oweOwnersOfAll(tenants: readonly string[], now: number): readonly OutboxDraft[] {
  return tenants.map((tenant) => oweOwners(tenant, now));
}

function owe(kind: OwedKind, tenant: string, now: number, body: JsonObject = {}): OutboxDraft {
  return { id: newId(now), tenant, kind, body, at: now };
}
