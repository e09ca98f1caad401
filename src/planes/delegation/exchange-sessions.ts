import type { PersonSession, PersonSessions, UserToken } from '#contracts/person-session.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createTurns } from '#kernel/turns.ts';

const mostKept = 16_384;

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
export function createExchangeSessions(sessions: Pick<PersonSessions, 'open' | 'get'>) {
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
        const opened = await sessions.open(newSession(ask));
        keep(known, key, opened);
        return opened;
      });
    },
  };
}

export type ExchangeSessions = ReturnType<typeof createExchangeSessions>;

function newSession({ tenant, token, expiresAt }: SessionAsk) {
  const { user, provider, providerSession } = token;
  // Nobody comes in as a person by a token that an agent brings.
  return { tenant, user, roles: [], provider, providerSession, by: 'exchange', expiresAt } as const;
}

/** Whose groups are others now has another one: what stands on it sees them as they are. */
function keyOf({ tenant, token, text }: SessionAsk): string {
  const { provider, providerSession, jti, user } = token;
  const of = providerSession ?? jti ?? sha256Hex(text);
  return sha256Hex(canonicalText({ tenant, provider, of, user: { ...user } as JsonObject }));
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
