import type { Delegation } from '#contracts/delegation-book.ts';
import type { PersonSession, UserToken } from '#contracts/person-session.ts';
import type { HeardStatement } from '#contracts/spoken-words.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import type { ExchangeRoom } from './exchange-room.ts';
import { type Consented, consentFor, consentId, consentsOf } from './exchange-consent.ts';
import { checkMayAct } from './exchange-may-act.ts';
import {
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  tokenTypes,
} from './exchange-parts.ts';
import { heardIn, keepWords } from './exchange-words.ts';
import type { Trail } from './exchange-trail.ts';

interface Wanted extends Consented {
  readonly ask: ExchangeAsk;
  readonly session: PersonSession;
  readonly consent: string;
  /** What the user said with it. */
  readonly heard: HeardStatement | undefined;
}

/**
 * A token of a person, by which an agent acts for them. INVARIANT: a document has consented for such users; what
 * is given ends with their sign-in, with the token that was brought, and with the document.
 */
export async function exchangeUser(
  room: ExchangeRoom,
  ask: ExchangeAsk,
  trail: Trail,
): Promise<Exchanged> {
  const { parts } = room;
  const { tenant, agent } = ask.who;
  const token = await parts.users.read({
    tenant,
    token: ask.subjectToken,
    use: 'exchange',
    audience: ask.audience,
  });
  trail.came({ kind: 'human', name: token.user.subject });
  trail.note({
    provider: token.provider,
    ...(token.client === undefined ? {} : { client: token.client }),
  });
  const { entry, effects } = consentFor(parts.snapshot()?.tenants[tenant], {
    agent,
    token,
    effects: ask.effects,
    use: 'token',
  });
  checkMayAct(ask, entry.clients ?? []);
  const { issuer, subject } = token.user;
  const heard = heardIn(parts, ask, token);
  return room.turns.take(`${tenant}\n${agent}\n${issuer}\n${subject}`, async () => {
    const session = await sessionOf(room, ask, token);
    const consent = consentId('exchange', entry);
    return give(parts, { ask, session, entry, effects, consent, heard });
  });
}

function sessionOf(
  { parts, sessions }: ExchangeRoom,
  { who: { tenant }, subjectToken: text }: ExchangeAsk,
  token: UserToken,
): Promise<PersonSession> {
  const { expiresAt } = token;
  if (expiresAt <= parts.clock.now()) throw new BailiwickError('identity/invalid-subject-token');
  return sessions.find({ tenant, token, text, expiresAt });
}

async function give(parts: ExchangeParts, wanted: Wanted): Promise<Exchanged> {
  const { ask, effects, consent } = wanted;
  const { tenant } = ask.who;
  const carried = carriedOf(parts, wanted);
  const { id, task } = (await sameBefore(parts, wanted)) ?? (await begin(parts, wanted));
  const by = wanted.session.user.subject;
  if (wanted.heard !== undefined) await keepWords(parts, ask, { task, by, heard: wanted.heard });
  const minted = await parts.delegations.issue({
    tenant,
    id,
    effects,
    carried,
    traced: ask.traced,
  });
  checkStands(parts, tenant, consent);
  const { accessToken, tokenType, expiresIn } = minted;
  return { accessToken, tokenType, expiresIn, issuedTokenType: tokenTypes.access, effects };
}

/** INVARIANT: sealed for this user and this instance, and only where the document says so. */
function carriedOf(
  { carried }: ExchangeParts,
  { ask, entry, session: { user } }: Wanted,
): string | undefined {
  if (entry.carries === undefined) return undefined;
  const { subjectToken: token, subjectTokenType: type, who } = ask;
  if (Buffer.byteLength(token) > limits.carriedTokenBytes) {
    throw new BailiwickError('identity/invalid-subject-token', {
      message: 'the token is too long to go along, as its document wants it to',
    });
  }
  const { tenant, instance } = who;
  const { issuer, subject } = user;
  return carried.seal({ tenant, instance, issuer, subject }, { type, token });
}

/** A document that changed meanwhile has ended what stood on it, or is about to: nothing is told of it. */
export function checkStands(parts: ExchangeParts, tenant: string, consent: string): void {
  const of = parts.snapshot()?.tenants[tenant];
  if (consentsOf(of).has(consent)) return;
  throw new BailiwickError('identity/exchange-not-allowed');
}

/** Work that goes on is one task: without a task of its own, what the same sign-in began is gone on with. */
async function sameBefore(
  { book, clock }: ExchangeParts,
  { ask, session, entry, consent }: Wanted,
): Promise<Delegation | undefined> {
  if (ask.scope !== undefined || ask.intent !== undefined) return undefined;
  const { tenant, agent, instance } = ask.who;
  const { issuer, subject } = session.user;
  const open = await book.list({
    tenant,
    agent,
    open: true,
    limit: 1_000,
    user: { issuer, subject },
  });
  return open.find(
    (one) =>
      one.instance === instance &&
      one.consent === consent &&
      one.user?.session === session.id &&
      one.parent === undefined &&
      !one.isScoped &&
      one.until > clock.now() &&
      entry.effects.length === one.effects.length,
  );
}

async function begin(
  parts: ExchangeParts,
  { ask, session, entry, effects, consent }: Wanted,
): Promise<Delegation> {
  const { tenant, agent, instance, thumbprint } = ask.who;
  const scope = scopeOf(parts, ask);
  const isOwnTask = ask.scope !== undefined || ask.intent !== undefined;
  return parts.delegations.begin({
    tenant,
    session,
    consent,
    agent,
    instance,
    thumbprint,
    scope,
    client: undefined,
    hops: [],
    parent: undefined,
    // A task without a scope of its own is used again by whoever asks for more or less of it.
    effects: isOwnTask ? effects : entry.effects,
    intent: ask.intent,
    labels: [],
    isNew: false,
    until: Math.min(session.expiresAt, parts.clock.now() + entry.maxMs),
    reason: `a token of ${session.provider} was exchanged, by the document ${entry.name}`,
    traced: ask.traced,
  });
}

function scopeOf({ readScope }: ExchangeParts, { scope }: ExchangeAsk): TaskScope | undefined {
  return scope === undefined ? undefined : readScope(scope);
}
