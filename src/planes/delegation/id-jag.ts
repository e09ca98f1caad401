import { type ClientEntry, mayUseClient } from '#contracts/client-entry.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { UserToken } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Actor } from '#kernel/principal.ts';
import { type EffectClass, effectClasses } from '#kernel/tool.ts';
import type { ExchangeRoom } from './exchange-room.ts';
import { type Consented, consentFor, consentId, narrowed } from './exchange-consent.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { agentActor, onRecord, Trail } from './exchange-trail.ts';
import { checkStands } from './exchange-user.ts';

/** Who brings the assertion. INVARIANT: it has proved to be that one, as far as one of its kind can. */
export type AssertionBearer =
  | { readonly kind: 'instance'; readonly instance: EnrolledInstance }
  | {
      readonly kind: 'client';
      readonly tenant: string;
      /** As the identity provider names it too. */
      readonly client: string;
      readonly agent: string;
      /** What its own document lets it have, and for whom. */
      readonly document: Pick<ClientEntry, 'effects' | 'allowed' | 'provider'>;
      /** Of the key that its proof was signed with; undefined for a client that holds a bearer. */
      readonly thumbprint: string | undefined;
    };

export interface AssertionAsk {
  readonly bearer: AssertionBearer;
  readonly assertion: string;
  readonly effects: readonly EffectClass[] | undefined;
  readonly audience: string;
  readonly isOurs: (name: string) => boolean;
}

export interface AssertionAnswer {
  readonly accessToken: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  readonly expiresIn: number;
  readonly effects: readonly EffectClass[];
}

export interface AssertionGrant {
  /** RFC 7523 §2.1 with an identity assertion of a provider; never with a refresh token. */
  grant(ask: AssertionAsk): Promise<AssertionAnswer>;
}

/**
 * The resource's own half of enterprise-managed authorization: a provider says that this user is to be served
 * here by this client. INVARIANT: an assertion serves once, for the client that it names and for us.
 */
export function createAssertionGrant(room: ExchangeRoom): AssertionGrant {
  return {
    grant(ask) {
      const { tenant, name, actor } = partyOf(ask.bearer);
      const trail = new Trail(actor);
      const of = { tenant, source: `assertion ${name}`, trail };
      return onRecord(room.parts.clients, of, () => grant(room, ask, trail));
    },
  };
}

interface Party {
  readonly tenant: string;
  readonly agent: string;
  readonly name: string;
  readonly actor: Actor;
  readonly client: string | undefined;
  readonly instance: string | undefined;
  readonly thumbprint: string | undefined;
}

function partyOf(bearer: AssertionBearer): Party {
  if (bearer.kind === 'client') {
    const { tenant, agent, client, thumbprint } = bearer;
    const actor: Actor = { kind: 'agent', name: agent, instance: client };
    return { tenant, agent, name: client, actor, client, instance: undefined, thumbprint };
  }
  const { tenant, agent, instance, thumbprint } = bearer.instance;
  const actor = agentActor(bearer.instance);
  return { tenant, agent, name: instance, actor, client: undefined, instance, thumbprint };
}

async function grant(
  room: ExchangeRoom,
  ask: AssertionAsk,
  trail: Trail,
): Promise<AssertionAnswer> {
  const { parts } = room;
  const party = partyOf(ask.bearer);
  const { tenant, agent } = party;
  trail.note({
    exchange: 'id-jag',
    ...(party.client === undefined ? {} : { client: party.client }),
  });
  checkLength(ask.assertion);
  const { assertion: token, audience } = ask;
  const read = await parts.users.read({ tenant, token, use: 'id-jag', audience });
  trail.came({ kind: 'human', name: read.user.subject });
  trail.note({ provider: read.provider });
  const consented = consentFor(parts.snapshot()?.tenants[tenant], {
    agent,
    token: read,
    effects: ofClient(ask.bearer, read, askedOf(read, ask)),
    use: 'id-jag',
  });
  checkClient(party, read, consented);
  checkResource(read, ask);
  await useOnce(parts, tenant, read);
  return give(room, { party, read, consented, text: token });
}

function checkLength(assertion: string): void {
  if (Buffer.byteLength(assertion) <= limits.subjectTokenBytes) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'the assertion is too long',
  });
}

/** What both the assertion and the client say; a scope that is no class of effect gives nothing. */
function askedOf(
  { scope }: UserToken,
  { effects }: AssertionAsk,
): readonly EffectClass[] | undefined {
  if (scope === undefined) return effects;
  const words = scope.split(' ');
  const asserted = effectClasses.filter((effect) => words.includes(effect));
  return narrowed(asserted, effects);
}

/** INVARIANT: a client has no more by an assertion than its own document gives, and nobody's but those it names. */
function ofClient(
  bearer: AssertionBearer,
  read: UserToken,
  asked: readonly EffectClass[] | undefined,
): readonly EffectClass[] | undefined {
  if (bearer.kind === 'instance') return asked;
  if (!mayUseClient(bearer.document, read)) {
    throw new BailiwickError('identity/exchange-not-allowed');
  }
  return narrowed(bearer.document.effects, asked);
}

/** INVARIANT: an assertion that was made for one client is worth nothing with another one. */
function checkClient({ client }: Party, { client: named }: UserToken, { entry }: Consented): void {
  // An enrolled agent has no name at the provider but those that its document gives it.
  const isNamed = client === undefined ? entry.clients !== undefined : named === client;
  if (isNamed && named !== undefined) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'the assertion was made for another client',
  });
}

function checkResource({ resource }: UserToken, { isOurs }: AssertionAsk): void {
  if (resource === undefined || isOurs(resource)) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'the assertion is for another resource',
  });
}

/** Last, and durable: from here on the assertion is spent. */
async function useOnce({ book, clock }: ExchangeParts, tenant: string, read: UserToken) {
  const { jti, expiresAt, user } = read;
  const now = clock.now();
  if (jti === undefined || expiresAt <= now) {
    throw new BailiwickError('identity/invalid-subject-token');
  }
  const until = expiresAt + limits.clockSkewMs;
  if (await book.useOnce({ tenant, issuer: user.issuer, jti, until, now })) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'the assertion was used before',
  });
}

async function give(
  { parts, sessions }: ExchangeRoom,
  { party, read: token, consented, text }: Granting,
): Promise<AssertionAnswer> {
  const { tenant, agent, client, instance, thumbprint } = party;
  const { entry, effects } = consented;
  // As long as one access token: whoever goes on brings a new assertion, and its provider is asked.
  const until = parts.clock.now() + Math.min(entry.maxMs, limits.accessTokenMs);
  const session = await sessions.find({ tenant, token, text, expiresAt: until });
  const consent = consentId('exchange', entry);
  const { id } = await parts.delegations.begin({
    tenant,
    session,
    consent,
    client,
    agent,
    instance,
    thumbprint,
    effects,
    until,
    hops: [],
    parent: undefined,
    scope: undefined,
    intent: undefined,
    labels: [],
    isNew: false,
    reason: `${token.provider} asserted it, by the document ${entry.name}`,
  });
  const minted = await parts.delegations.issue({ tenant, id });
  checkStands(parts, tenant, consent);
  const { accessToken, tokenType, expiresIn } = minted;
  return { accessToken, tokenType, expiresIn, effects };
}

interface Granting {
  readonly party: Party;
  readonly read: UserToken;
  readonly consented: Consented;
  readonly text: string;
}
