import type { UserToken } from '#contracts/person-session.ts';
import { entriesOf } from '#contracts/section.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';
import {
  type ExchangeEntry,
  exchangeSection,
  type ExchangeUse,
} from '#contracts/exchange-entry.ts';
import { type HandOffEntry, handOffSection } from './hand-off-kind.ts';

/** How delegations name the document that they stand on. INVARIANT: a changed document has another name. */
export function consentId(kind: 'exchange' | 'hand-off', { name, digest }: Named): string {
  return `${kind}:${name}@${digest.slice(0, 16)}`;
}

type Named = Pick<ExchangeEntry, 'name' | 'digest'>;

/** Every consent that the documents of a tenant give now. */
export function consentsOf(tenant: TenantSnapshot | undefined): ReadonlySet<string> {
  const exchanges = Object.values(entriesOf(tenant, exchangeSection));
  const handOffs = Object.values(entriesOf(tenant, handOffSection));
  return new Set([
    ...exchanges.map((entry) => consentId('exchange', entry)),
    ...handOffs.map((entry) => consentId('hand-off', entry)),
  ]);
}

/** Whether a document gave it, and not a person. */
export function isByDocument(consent: string): boolean {
  return consent.startsWith('exchange:') || consent.startsWith('hand-off:');
}

export interface Consented {
  readonly entry: ExchangeEntry;
  readonly effects: readonly EffectClass[];
}

export interface ConsentAsk {
  readonly agent: string;
  readonly use: ExchangeUse;
  readonly token: Pick<UserToken, 'provider' | 'user' | 'client'>;
  /** Undefined: whatever the document gives. */
  readonly effects: readonly EffectClass[] | undefined;
}

/** Of several documents the one that gives most of what is asked. */
export function consentFor(tenant: TenantSnapshot | undefined, ask: ConsentAsk): Consented {
  const fitting = Object.values(entriesOf(tenant, exchangeSection))
    .filter((entry) => isAbout(entry, ask))
    .map((entry) => ({ entry, effects: narrowed(entry.effects, ask.effects) }))
    .sort((a, b) => b.effects.length - a.effects.length || (a.entry.name < b.entry.name ? -1 : 1));
  const [best] = fitting;
  if (best === undefined) throw new BailiwickError('identity/exchange-not-allowed');
  if (best.effects.length === 0) throw new BailiwickError('identity/not-consented');
  return best;
}

function isAbout(entry: ExchangeEntry, { agent, use, token }: ConsentAsk): boolean {
  const { provider, user, client } = token;
  if (entry.agent !== agent || entry.provider !== provider || !entry.uses.includes(use))
    return false;
  if (entry.clients !== undefined && (client === undefined || !entry.clients.includes(client))) {
    return false;
  }
  return entry.everyone || entry.groups.some((group) => user.groups.includes(group));
}

export function narrowed(
  given: readonly EffectClass[],
  asked: readonly EffectClass[] | undefined,
): readonly EffectClass[] {
  return asked === undefined ? given : given.filter((effect) => asked.includes(effect));
}

/** Who may hand on to whom: alternatives, in the order of their names. */
export function edgesOf(
  tenant: TenantSnapshot | undefined,
  from: string,
  to: string,
): readonly HandOffEntry[] {
  return Object.values(entriesOf(tenant, handOffSection))
    .filter((entry) => entry.from === from && entry.to === to)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
