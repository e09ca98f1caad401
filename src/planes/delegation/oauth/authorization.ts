import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CodeBook } from '#contracts/code-book.ts';
import type { Consent, ConsentBook } from '#contracts/consent-book.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { answerAt, errorNames } from './answers.ts';
import { challengeOf, effectsOfScope, redirectOf, stateOf, within } from './asked.ts';
import { actsAs, mayUseClient } from '#contracts/client-entry.ts';
import type {
  AuthorizationRequest,
  AuthorizationServer,
  Authorized,
  Clients,
  ConsentOffer,
  KnownClient,
} from './door.ts';
import { type GivingParts, giveConsent, isFresh } from './give-consent.ts';
import { redirectForm } from './redirect-uris.ts';
import { offeredTo } from './offered.ts';
import { createRequests, type Requests } from './requests.ts';
import { resourceOf, scopeOf } from './resources.ts';

export interface AuthorizationParts extends GivingParts {
  readonly clients: Pick<Clients, 'find'>;
  readonly codes: Pick<CodeBook, 'put'>;
  readonly consents: ConsentBook;
  readonly snapshot: () => Snapshot | undefined;
  /** Where gateways say that they are met. */
  readonly resourceOrigins: () => ReadonlySet<string>;
  readonly clock: Clock;
}

interface Room {
  readonly parts: AuthorizationParts;
  readonly requests: Requests;
  /** Of this life of the program, as the requests are. */
  readonly formKey: Buffer;
}

/** The endpoint where people let clients act for them. */
export function createAuthorizationServer(parts: AuthorizationParts): AuthorizationServer {
  const room = { parts, requests: createRequests(parts.clock), formKey: randomBytes(32) };
  return {
    begin: (ask) => begin(room, ask),
    go: (ask) => go(room, ask),
    decide: (ask) => decide(room, ask),
  };
}

type Begin = Parameters<AuthorizationServer['begin']>[0];

async function begin({ parts, requests }: Room, { tenant, query, issuer, source }: Begin) {
  const { client_id: id } = query;
  const client = id === undefined ? undefined : await parts.clients.find(tenant, id);
  if (client === undefined) throw new BailiwickError('oauth/invalid-client');
  const redirectUri = redirectOf(client, query);
  try {
    const { resource } = query;
    const found = resourceOf(parts.resourceOrigins(), resource);
    scopeOf(parts.snapshot()?.tenants[tenant], client.document.agent, found);
    const effects = within(effectsOfScope(query['scope']), client.document.effects);
    const asked = { tenant, client, redirectUri, state: stateOf(query), resource, effects };
    const request = requests.put({ ...asked, challenge: challengeOf(query) }, source);
    return { kind: 'begun', request } as const;
  } catch (fault) {
    return { kind: 'answer', location: refusalAt({ redirectUri, query }, issuer, fault) } as const;
  }
}

/** To the client, which is certain by now; a fault of ours stays a fault. */
function refusalAt(
  { redirectUri, query }: { readonly redirectUri: string; readonly query: Begin['query'] },
  issuer: string,
  fault: unknown,
): string {
  if (!(fault instanceof BailiwickError) || fault.status >= 500) throw fault;
  const { state } = query;
  const short = state !== undefined && state.length <= 2_048 ? state : undefined;
  return answerAt(redirectUri, { ...errorNames(fault), state: short, iss: issuer });
}

async function go(
  room: Room,
  { request: id, session, issuer }: Parameters<AuthorizationServer['go']>[0],
): Promise<Authorized> {
  const { parts, requests } = room;
  const request = await stillAsked(parts, requests.get(id));
  if (session === undefined) return { kind: 'sign-in', request };
  if (session.tenant !== request.tenant || !mayUseClient(request.client.document, session)) {
    requests.take(id);
    return { kind: 'answer', location: deniedAt(request, issuer) };
  }
  const before = await agreedBefore(parts, request, session);
  if (before !== undefined) {
    requests.take(id);
    return { kind: 'answer', location: await codeFor(parts, { request, session, issuer }, before) };
  }
  return { kind: 'ask', offer: offerOf(room, request, session) };
}

/** A document may have gone, or become narrower, while its user signed in. */
async function stillAsked(
  { clients, snapshot }: AuthorizationParts,
  request: AuthorizationRequest,
): Promise<AuthorizationRequest> {
  const { tenant, client, effects } = request;
  const now = await clients.find(tenant, client.id);
  if (now === undefined || !actsAs(now.document, snapshot()?.tenants[tenant])) {
    throw new BailiwickError('oauth/invalid-client');
  }
  redirectOf(now, { redirect_uri: request.redirectUri });
  return { ...request, client: now, effects: within(effects, now.document.effects) };
}

interface Agreed {
  readonly id: string;
  readonly effects: Consent['effects'];
  readonly until: number;
  readonly isNew: boolean;
}

/**
 * What saves the user the page: a document that agrees for them, or their own yes that still holds. INVARIANT:
 * only where nobody but this client can use the answer: another program of this machine could use its name.
 */
async function agreedBefore(
  { consents, clock }: AuthorizationParts,
  { tenant, client, redirectUri, effects }: AuthorizationRequest,
  { user: { issuer, subject } }: PersonSession,
): Promise<Agreed | undefined> {
  const { document, trust } = client;
  const now = clock.now();
  if (trust === 'dynamic' || !isAssured(client, redirectUri)) return undefined;
  if (document.consent === 'policy') {
    const until = now + document.maxDurationMs;
    return { id: `Client/${document.name}`, effects, until, isNew: false };
  }
  const user = { issuer, subject };
  const given = await consents.list({
    tenant,
    user,
    client: client.id,
    agent: document.agent,
    openAt: now,
    limit: 20,
  });
  const fresh = given.find((one) => isFresh(one, { document, effects, now }));
  return fresh === undefined ? undefined : { ...fresh, effects, isNew: false };
}

/** RFC 8252 §8.6: it proves itself when it fetches its tokens, or the answer goes to a site of its own. */
function isAssured({ auth }: KnownClient, redirectUri: string): boolean {
  return auth.kind !== 'none' || redirectForm(redirectUri) === 'https';
}

function offerOf(room: Room, request: AuthorizationRequest, session: PersonSession): ConsentOffer {
  const { snapshot } = room.parts;
  const { document } = request.client;
  const tenant = snapshot()?.tenants[request.tenant];
  const agent = tenant?.agents[document.agent];
  if (tenant === undefined || agent === undefined) throw new BailiwickError('oauth/invalid-client');
  const resource = resourceOf(room.parts.resourceOrigins(), request.resource);
  const server = resource?.server;
  const { effects } = request;
  return {
    request,
    agent: { name: agent.name, purpose: agent.purpose, owner: agent.owner },
    offered: offeredTo(tenant, session.user, {
      agent: agent.name,
      effects,
      ...(server === undefined ? {} : { server }),
    }),
    durations: durationsOf(document.maxDurationMs),
    token: formToken(room, request.id, session),
  };
}

const hour = 3_600_000;
const usualDurations = [hour, 8 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour];

function durationsOf(most: number): readonly number[] {
  return [...usualDurations.filter((one) => one < most), most];
}

/** Nobody but who was shown the page for this request, in this sign-in, knows it. */
function formToken({ formKey }: Room, request: string, { id }: PersonSession): string {
  return createHmac('sha256', formKey).update(`${request}\n${id}`).digest('base64url');
}

async function decide(
  room: Room,
  ask: Parameters<AuthorizationServer['decide']>[0],
): Promise<{ readonly location: string }> {
  const { parts, requests } = room;
  const { session, issuer, decision } = ask;
  const known = requests.get(ask.request);
  const wanted = Buffer.from(formToken(room, known.id, session));
  const given = Buffer.from(ask.token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new BailiwickError('oauth/forged-form');
  }
  const request = await stillAsked(parts, requests.take(ask.request));
  const mayUse = mayUseClient(request.client.document, session);
  if (decision.kind === 'deny' || !mayUse || session.tenant !== request.tenant) {
    return { location: deniedAt(request, issuer) };
  }
  const effects = request.effects.filter((effect) => decision.effects.includes(effect));
  if (effects.length === 0) return { location: deniedAt(request, issuer) };
  const agreed = await giveConsent(parts, {
    request,
    session,
    effects,
    durationMs: Math.min(decision.durationMs, request.client.document.maxDurationMs),
  });
  return {
    location: await codeFor(parts, { request, session, issuer }, { ...agreed, isNew: true }),
  };
}

function deniedAt({ redirectUri, state }: AuthorizationRequest, issuer: string): string {
  const denied = errorNames(new BailiwickError('oauth/access-denied'));
  return answerAt(redirectUri, { ...denied, state, iss: issuer });
}

/** INVARIANT: it leaves once, for this client, this address, this challenge and this sign-in. */
async function codeFor(
  { codes, clock }: Pick<AuthorizationParts, 'codes' | 'clock'>,
  of: {
    readonly request: AuthorizationRequest;
    readonly session: PersonSession;
    readonly issuer: string;
  },
  agreed: Agreed,
): Promise<string> {
  const { request, session, issuer } = of;
  const { tenant, client, redirectUri, challenge, resource, state } = request;
  const code = newCapability() + newCapability();
  await codes.put({
    tenant,
    redirectUri,
    challenge,
    resource,
    digest: sha256Hex(code),
    client: client.id,
    effects: agreed.effects,
    consent: agreed.id,
    isNew: agreed.isNew,
    document: client.document.name,
    agent: client.document.agent,
    session: session.id,
    until: agreed.until,
    expiresAt: clock.now() + limits.codeMs,
  });
  return answerAt(redirectUri, { code, state, iss: issuer });
}
