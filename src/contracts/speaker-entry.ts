import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { identityProviders } from './identity-provider.ts';
import { entriesOf, type NamedEntry, section } from './section.ts';

/** `exchange`: with a user's token; `call`: in `_meta` of a call; `turns`: as what users say to a model. */
export const speakerWays = ['exchange', 'call', 'turns'] as const;

export type SpeakerWay = (typeof speakerWays)[number];

/** Who may bring a user's own words into the work of an agent: by default nobody. */
export interface SpeakerEntry extends NamedEntry {
  readonly agent: string;
  /** Of whose users. */
  readonly provider: string;
  readonly ways: readonly SpeakerWay[];
  /** Public keys of the user's own side: what it signed counts, whoever brings it. */
  readonly keys: readonly { readonly kid: string; readonly jwk: JsonObject }[];
  /** Clients that are believed without a signature when the call is theirs. */
  readonly clients: readonly string[];
  /** The agent itself is believed, where it carries its own tokens. */
  readonly agentItself: boolean;
  /** Of the document: a changed one is another permission. */
  readonly digest: string;
}

export const speakerSection = section<SpeakerEntry>('speakers');

export interface SpeakerAsk {
  readonly agent: string;
  /** Who signed the user in: the document's name, or how its tokens call it. */
  readonly signedInBy: { readonly provider: string } | { readonly issuer: string };
  readonly way: SpeakerWay;
}

/** Of this agent, these users and this way, in the order of their names. */
export function speakersFor(
  tenant: TenantSnapshot | undefined,
  { agent, signedInBy, way }: SpeakerAsk,
): readonly SpeakerEntry[] {
  const providers = entriesOf(tenant, identityProviders);
  const isOf = ({ provider }: SpeakerEntry) =>
    'provider' in signedInBy
      ? provider === signedInBy.provider
      : Object.hasOwn(providers, provider) &&
        providers[provider]?.oidc.issuer === signedInBy.issuer;
  return Object.values(entriesOf(tenant, speakerSection))
    .filter((one) => one.agent === agent && one.ways.includes(way) && isOf(one))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** How records and the books name the document that words came by. */
export function speakerId({ name, digest }: Pick<SpeakerEntry, 'name' | 'digest'>): string {
  return `speaker:${name}@${digest.slice(0, 16)}`;
}

/** Who is believed without a signature: the client that carries the token, or the agent that carries its own. */
export function isBelieved(
  { clients, agentItself }: Pick<SpeakerEntry, 'clients' | 'agentItself'>,
  client: string | undefined,
): boolean {
  return client === undefined ? agentItself : clients.includes(client);
}
