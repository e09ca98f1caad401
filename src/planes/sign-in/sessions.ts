import { type DeskRecorder, recordThenDo } from '#contracts/desk.ts';
import { oweRecord, oweSessionEnded } from '#contracts/owed.ts';
import type { NewPersonSession, PersonSession } from '#contracts/person-session.ts';
import { endedByTime, type SignInBook } from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { UserLeg } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { CookieBinding } from './bound-cookie.ts';
import { type CookieKind, cookieValue, dropCookie, setCookie } from './cookie.ts';
import type { EndAsk, SignIns } from './door.ts';
import { endBy } from './end-by.ts';
import { proposedNames } from './names.ts';
import { type Configured, footingOf } from './providers.ts';
import { endedDraft, signedInDraft } from './records.ts';

export interface SignInParts {
  readonly book: SignInBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** Where people meet this program: over https or not. */
  readonly publicUrl: () => string;
  /** By whose documents people are signed in. */
  readonly configured: Configured;
  readonly cookies: CookieBinding;
  /** What stands on a sign-in has been told of its end; that it was owed is durable before. */
  readonly onEnded: () => Promise<void>;
  /** Whether a directory says that this human is not here (any more). */
  readonly isGone?: (tenant: string, user: UserLeg) => Promise<boolean>;
}

/** How many are ended in one go when their time is over. */
const overdueAtOnce = 256;

export function createSignIns(parts: SignInParts): SignIns {
  const { book, clock } = parts;
  const kind = (): CookieKind => ({ name: 'session', secure: isSecure(parts) });
  const endUprooted = uprooted(parts);
  return {
    open: (session, from) => begin(parts, session, { from }),
    async begin(session, from) {
      let value = '';
      const cookieOf = (made: PersonSession): string => {
        value = parts.cookies.valueOf(made);
        return sha256Hex(value);
      };
      const begun = await begin(parts, session, { from, cookieOf });
      return { session: begun, cookie: setCookie(kind(), value) };
    },
    get: (tenant, id) => book.get(tenant, id, clock.now()),
    async ofCookie(header) {
      const value = cookieValue(kind(), header);
      if (value === undefined) return undefined;
      const asked = { cookie: sha256Hex(value), now: clock.now(), idleMs: limits.personIdleMs };
      const found = await book.byCookie(asked);
      // Of an earlier version, or of a row that somebody else wrote: they sign in again.
      return found !== undefined && parts.cookies.isOf(value, found) ? found : undefined;
    },
    noCookie: () => dropCookie(kind()),
    end: (ask) => endAndTell(parts, ask),
    endOwed: (ask) => end(parts, ask),
    endBy: (act) => endBy(parts, (ask) => endAndTell(parts, ask), act),
    list: (filter) => book.list(filter),
    async expire() {
      const over = await book.overdue(clock.now(), overdueAtOnce);
      const by = { kind: 'system', name: endedByTime } as const;
      for (const { tenant, id } of over) {
        const ground = { kind: 'session', id } as const;
        await end(parts, { tenant, ground, by, reason: 'its time is over' });
      }
      if (over.length > 0) await parts.onEnded().catch(() => undefined);
      await endUprooted();
    },
  };
}

/**
 * Roles and groups follow from the document that signed somebody in: when it says something else, or is gone,
 * they sign in again.
 */
function uprooted(parts: SignInParts): () => Promise<void> {
  const { book, configured } = parts;
  return async () => {
    for (const { tenant, provider, footing } of await book.footings()) {
      const current = configured.tenant(tenant);
      // Without a configuration nothing is known of it.
      if (current === undefined) continue;
      if (footingOf(current, provider) === footing) continue;
      const by = { kind: 'system', name: 'system/sign-in' } as const;
      const reason = 'the document of its identity provider changed or is gone';
      const ground = { kind: 'footing', provider, footing } as const;
      await end(parts, { tenant, ground, by, reason });
    }
  };
}

export function isSecure({ publicUrl }: Pick<SignInParts, 'publicUrl'>): boolean {
  return publicUrl().startsWith('https:');
}

/** INVARIANT: on record before it is there, and never for longer than the provider or we say. */
async function begin(
  parts: SignInParts,
  given: NewPersonSession,
  {
    from,
    cookieOf,
  }: {
    readonly from: string | undefined;
    readonly cookieOf?: (session: PersonSession) => string;
  },
): Promise<PersonSession> {
  const { book, recorder, clock, configured } = parts;
  const now = clock.now();
  const expiresAt = Math.min(given.expiresAt, now + limits.personSessionMs);
  if (expiresAt <= now) {
    throw new BailiwickError('identity/expired-token', {
      message: 'what the provider said of this human is not valid any more',
      suggestedAction: 'sign in again',
    });
  }
  await checkThere(parts, given);
  const footing = footingOf(configured.tenant(given.tenant), given.provider);
  const session: PersonSession = {
    ...given,
    id: newId(now),
    person: given.person ?? (await nameOf(book, given)),
    begunAt: now,
    expiresAt,
  };
  await recordThenDo(recorder, signedInDraft(session, from), () =>
    book.begin(session, { cookie: cookieOf?.(session), footing }),
  );
  await checkStillThere(parts, session);
  return session;
}

async function checkThere(
  { isGone }: SignInParts,
  { tenant, user }: Pick<NewPersonSession, 'tenant' | 'user'>,
): Promise<void> {
  if ((await isGone?.(tenant, user)) !== true) return;
  throw new BailiwickError('identity/user-gone');
}

/** Whoever left while it was begun: what ends theirs may have looked before there was this one. */
async function checkStillThere(parts: SignInParts, session: PersonSession): Promise<void> {
  try {
    await checkThere(parts, session);
  } catch (fault) {
    const by = { kind: 'system', name: 'system/sign-in' } as const;
    const ground = { kind: 'session', id: session.id } as const;
    const reason = 'the user left while they signed in, or nobody could say that they are there';
    await endAndTell(parts, { tenant: session.tenant, ground, by, reason });
    throw fault;
  }
}

function nameOf(book: SignInBook, session: NewPersonSession): Promise<string> {
  const { tenant, user } = session;
  const { issuer, subject } = user;
  return book.nameOf({ tenant, issuer, subject, proposed: proposedNames(session) });
}

async function endAndTell(parts: SignInParts, ask: EndAsk): Promise<number> {
  const ended = await end(parts, ask);
  // It has ended; what could not be told yet is owed, and red until it is.
  if (ended > 0) await parts.onEnded().catch(() => undefined);
  return ended;
}

/** Takes privilege away: it is in force first, and what is owed for it is in the same transaction. */
async function end(
  { book, clock }: SignInParts,
  { tenant, ground, by, reason }: EndAsk,
): Promise<number> {
  const now = clock.now();
  const ended = await book.end({ tenant, ground, by: by.name, reason, now }, (one) => [
    oweRecord(endedDraft(one, by), now),
    oweSessionEnded(tenant, one.id, now),
  ]);
  return ended.length;
}
