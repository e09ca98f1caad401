import type { IdentityProvider } from '#contracts/identity-provider.ts';
import type { SignInBook } from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { SignIns } from './door.ts';
import { type Configured, providersOf } from './providers.ts';

export interface LogoutParts {
  readonly book: SignInBook;
  readonly sessions: SignIns;
  readonly provider: IdentityProvider;
  readonly configured: Configured;
  readonly clock: Clock;
  readonly tenant: string;
}

/**
 * A provider says that somebody is signed in there no more. INVARIANT: a token is used once; whoever says it
 * again ends nothing that was begun since.
 */
export async function logOutBy(parts: LogoutParts, token: string): Promise<number> {
  const { book, sessions, provider, configured, clock, tenant } = parts;
  const issuer = provider.issuerOf(token);
  const entries = providersOf(configured.tenant(tenant)).filter(
    (one) => one.oidc.issuer === issuer,
  );
  const [entry] = entries;
  if (issuer === undefined || entry === undefined) {
    throw new BailiwickError('identity/invalid-token', {
      message: 'this is no token of an identity provider that is configured',
    });
  }
  const { jti, subject, session, until } = await provider.logout({ tenant, entry, token });
  const now = clock.now();
  if (!(await book.useOnce({ tenant, issuer, jti, until, now }))) {
    throw new BailiwickError('identity/invalid-token', { message: 'this token was used before' });
  }
  const by = { kind: 'system', name: `system/provider ${entry.name}` } as const;
  const reason = 'the identity provider ended it';
  let ended = 0;
  for (const { name } of entries) {
    // First, so that whatever begins meanwhile is either refused or found below.
    if (session !== undefined) {
      const kept = now + limits.endedSignInMs;
      await book.rememberEnded({ tenant, provider: name, session, until: kept, now });
    }
    const ground = groundOf({ provider: name, issuer, session, subject });
    ended += await sessions.end({ tenant, ground, by, reason });
  }
  return ended;
}

function groundOf(said: {
  readonly provider: string;
  readonly issuer: string;
  readonly session: string | undefined;
  readonly subject: string | undefined;
}) {
  const { provider, issuer, session, subject } = said;
  return session === undefined
    ? ({ kind: 'user', issuer, subject: subject ?? '' } as const)
    : ({ kind: 'provider-session', provider, session, subject } as const);
}
