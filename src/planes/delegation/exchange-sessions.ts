import type { DelegationBook } from '#contracts/delegation-book.ts';
import type { PersonSession, PersonSessions, UserToken } from '#contracts/person-session.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';

const mostKept = 16_384;

export interface ExchangeSessionParts {
  readonly sessions: Pick<PersonSessions, 'open' | 'get'>;
  readonly book: Pick<DelegationBook, 'useOnce' | 'list'>;
  readonly clock: Clock;
}

export interface SessionAsk {
  readonly tenant: string;
  readonly token: UserToken;
  /** Its text, for one that says neither its session nor its own name. */
  readonly text: string;
  readonly expiresAt: number;
}

/**
 * One sign-in for one session at the provider, however often its tokens are exchanged. INVARIANT: one that
 * was ended is not begun again by a token that it was begun by.
 */
export function createExchangeSessions(parts: ExchangeSessionParts) {
  const { sessions } = parts;
  const known = new Map<string, Pick<PersonSession, 'id' | 'expiresAt'>>();
  const turns = createTurns();
  return {
    find(ask: SessionAsk): Promise<PersonSession> {
      const key = keyOf(ask);
      return turns.take(key, async () => {
        const before = known.get(key);
        const live = before === undefined ? undefined : await sessions.get(ask.tenant, before.id);
        if (before !== undefined && before.expiresAt >= ask.expiresAt) {
          if (live !== undefined) return live;
          throw new BailiwickError('identity/delegation-ended', {
            message: 'the sign-in of this token is over',
          });
        }
        // Not known to this life of control; the books know whether an earlier one took this token.
        const opened = (await isFirstUse(parts, ask))
          ? await sessions.open(newSession(ask))
          : await goneOnWith(parts, ask);
        keep(known, key, opened);
        return opened;
      });
    },
  };
}

function isFirstUse({ book, clock }: ExchangeSessionParts, ask: SessionAsk): Promise<boolean> {
  const { tenant, token, text, expiresAt } = ask;
  const now = clock.now();
  const until = Math.max(expiresAt, token.expiresAt) + limits.clockSkewMs;
  const issuer = `exchanged ${token.provider}`;
  return book.useOnce({ tenant, issuer, jti: signedDigest(text), until, now });
}

/**
 * The sign-in that an earlier life began by this token, while something that stands on it is open. INVARIANT:
 * a token that names no session at the provider stands on no other's: which one was its own is not known any more.
 */
async function goneOnWith(
  { book, sessions }: ExchangeSessionParts,
  { tenant, token }: SessionAsk,
): Promise<PersonSession> {
  const { issuer, subject } = token.user;
  const user = { issuer, subject };
  for (const of of await book.list({ tenant, user, open: true, limit: 1_000 })) {
    const session = of.user && (await sessions.get(tenant, of.user.session));
    const isSame =
      token.providerSession !== undefined &&
      session?.by === 'exchange' &&
      session.provider === token.provider &&
      session.providerSession === token.providerSession;
    if (isSame) return session;
  }
  throw new BailiwickError('identity/delegation-ended', {
    message: 'the sign-in of this token is over',
  });
}

export type ExchangeSessions = ReturnType<typeof createExchangeSessions>;

function newSession({ tenant, token, expiresAt }: SessionAsk) {
  const { user, provider, providerSession } = token;
  // Nobody comes in as a person by a token that an agent brings.
  return { tenant, user, roles: [], provider, providerSession, by: 'exchange', expiresAt } as const;
}

/** Of what was signed: of one statement there can be many signatures, and many spellings of each. */
function signedDigest(text: string): string {
  return sha256Hex(text.slice(0, text.lastIndexOf('.')));
}

/** Whose groups are others now has another one: what stands on it sees them as they are. */
function keyOf({ tenant, token, text }: SessionAsk): string {
  const { provider, providerSession, jti, user } = token;
  const of = providerSession ?? jti ?? signedDigest(text);
  return sha256Hex(
    canonicalText({ tenant, provider, of, user: { ...user } as unknown as JsonObject }),
  );
}

function keep(
  known: Map<string, Pick<PersonSession, 'id' | 'expiresAt'>>,
  key: string,
  { id, expiresAt }: PersonSession,
): void {
  known.delete(key);
  known.set(key, { id, expiresAt });
  const oldest = known.keys().next();
  if (known.size > mostKept && oldest.done !== true) known.delete(oldest.value);
}
