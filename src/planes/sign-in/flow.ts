import { createHash } from 'node:crypto';
import type { IdentityProvider, IdentityProviderEntry } from '#contracts/identity-provider.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { SignInAttempt, SignInBook } from '#contracts/sign-in-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { vouchedFor } from './claims.ts';
import {
  cookieDigest,
  type CookieKind,
  dropCookie,
  dropOldAttempts,
  newSecret,
  setCookie,
} from './cookie.ts';
import type { Answered, SignedInBrowser, SignIns, StartAsk, StartedSignIn } from './door.ts';
import { ownPath } from './own-path.ts';
import { type Configured, namedGroups, providerNamed, providersOf } from './providers.ts';
import { refusedDraft } from './records.ts';
import { isSecure } from './sessions.ts';
import { askedOf, checkStrength } from './strength.ts';

export interface FlowParts {
  readonly book: SignInBook;
  readonly sessions: SignIns;
  readonly provider: IdentityProvider;
  readonly configured: Configured;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly publicUrl: () => string;
  /** Whose people sign in here. */
  readonly tenant: string;
}

/** Sends a browser to a provider, and takes it when it comes back. */
export function createFlow(parts: FlowParts) {
  const { configured, tenant } = parts;
  return {
    providers: () =>
      providersOf(configured.tenant(tenant)).map(({ name, title }) => ({ name, title })),
    start: (ask: StartAsk) => start(parts, ask),
    finish: (answered: Answered) => finish(parts, answered),
    leaveOff: ({ state }: Pick<Answered, 'state'>) =>
      isState(state) ? [dropCookie(attemptCookie(parts, state))] : [],
  };
}

const callback = '/sign-in/callback';

async function start(
  parts: FlowParts,
  { provider: name, returnTo, require, cookies, from }: StartAsk,
): Promise<StartedSignIn> {
  const { book, provider, configured, tenant, clock, publicUrl } = parts;
  const entry = providerNamed(configured.tenant(tenant), name);
  const state = newCapability() + newCapability();
  const nonce = newCapability() + newCapability();
  const verifier = newCapability() + newCapability();
  const browser = newSecret();
  const location = await provider.authorizationUrl({
    tenant,
    entry,
    redirectUri: `${publicUrl()}${callback}`,
    state,
    nonce,
    challenge: createHash('sha256').update(verifier).digest('base64url'),
    ...askedOf(entry.require, require),
  });
  const begunAt = clock.now();
  await book.addAttempt({
    tenant,
    state: sha256Hex(state),
    browser: browser.digest,
    provider: name,
    nonce,
    verifier,
    returnTo: ownPath(returnTo),
    source: from,
    require,
    begunAt,
    expiresAt: begunAt + limits.signInAttemptMs,
  });
  const cookie = setCookie(attemptCookie(parts, state), browser.value);
  return { location, cookies: [...dropOldAttempts(isSecure(parts), cookies), cookie] };
}

/** One for each attempt: two tabs of a browser sign in side by side. */
function attemptCookie(parts: FlowParts, state: string): CookieKind {
  return { name: 'attempt', secure: isSecure(parts), of: sha256Hex(state).slice(0, 12) };
}

/**
 * INVARIANT: the state is spent by whoever brings it, before anything else is looked at; who brings one that was
 * begun in another browser is signed in as nobody.
 */
async function finish(parts: FlowParts, answered: Answered): Promise<SignedInBrowser> {
  const { book, clock } = parts;
  const { state, code } = answered;
  if (!isState(state)) throw lost();
  const attempt = await book.takeAttempt(sha256Hex(state), clock.now());
  const kind = attemptCookie(parts, state);
  const browser = cookieDigest(kind, answered.cookies);
  if (attempt === undefined || browser !== attempt.browser) throw lost();
  const entry = providerNamed(parts.configured.tenant(attempt.tenant), attempt.provider);
  checkIssuer(entry, answered);
  if (code === undefined || code === '' || answered.error !== undefined) throw denied(answered);
  const begun = await signIn(parts, { attempt, entry, code, answered });
  return {
    session: begun.session,
    cookies: [begun.cookie, dropCookie(kind)],
    returnTo: attempt.returnTo,
  };
}

function isState(text: string | undefined): text is string {
  return text !== undefined && /^[\w-]{44}$/.test(text);
}

function lost(): BailiwickError {
  return new BailiwickError('identity/sign-in-lost');
}

/** RFC 9207, also of an answer that says no. */
function checkIssuer({ oidc }: IdentityProviderEntry, { iss }: Answered): void {
  if (iss !== undefined && iss !== oidc.issuer) {
    throw new BailiwickError('identity/sign-in-lost', {
      message: 'the answer is of another identity provider than the one that was asked',
    });
  }
}

/** INVARIANT: of what the provider says only the known words are repeated. */
function denied({ error }: Answered): BailiwickError {
  if (error === 'unmet_authentication_requirements' || error === 'interaction_required') {
    return new BailiwickError('identity/weak-sign-in');
  }
  if (error === 'temporarily_unavailable' || error === 'server_error') {
    return new BailiwickError('identity/provider-away');
  }
  return new BailiwickError('identity/sign-in-denied');
}

interface Answering {
  readonly attempt: SignInAttempt;
  readonly entry: IdentityProviderEntry;
  readonly code: string;
  readonly answered: Answered;
}

async function signIn(
  parts: FlowParts,
  { attempt, entry, code, answered }: Answering,
): Promise<{ readonly session: PersonSession; readonly cookie: string }> {
  const { provider, sessions, configured, clock, publicUrl, recorder } = parts;
  const { tenant, nonce, verifier } = attempt;
  const redirectUri = `${publicUrl()}${callback}`;
  const { iss, from } = answered;
  const { claims } = await provider.redeem({
    tenant,
    entry,
    code,
    iss,
    verifier,
    nonce,
    redirectUri,
  });
  try {
    const vouched = vouchedFor(entry, claims, namedGroups(configured.tenant(tenant), entry));
    const { require } = entry;
    checkStrength(vouched.user, { require, beside: attempt.require, now: clock.now() });
    const session = {
      ...vouched,
      tenant,
      provider: entry.name,
      by: 'browser' as const,
      expiresAt: endOf(vouched.user.signedInAt, entry, clock.now()),
    };
    return await sessions.begin(session, from);
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.status < 500) {
      await recorder.record(refusedDraft({ tenant, entry, claims, from }, fault));
    }
    throw fault;
  }
}

/** Where a document says how long ago somebody may have proved themselves, a sign-in lasts no longer. */
function endOf(
  provenAt: number | undefined,
  { require }: IdentityProviderEntry,
  now: number,
): number {
  const most = now + limits.personSessionMs;
  const { maxAgeMs } = require;
  if (maxAgeMs === undefined || provenAt === undefined) return most;
  return Math.min(most, Math.max(provenAt, now - limits.clockSkewMs) + maxAgeMs);
}
