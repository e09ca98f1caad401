import type { PersonSession } from '#contracts/person-session.ts';
import { type FlowParts, createFlow } from './flow.ts';
import { logOutBy } from './logout.ts';
import type { SignInDesk } from './door.ts';
import { providersOf } from './providers.ts';

export function createSignInDesk(parts: FlowParts): SignInDesk {
  const { sessions, provider } = parts;
  return {
    ...createFlow(parts),
    async signOut({ cookies }) {
      const session = await sessions.ofCookie(cookies);
      if (session !== undefined) await end(parts, session);
      return {
        cookie: sessions.noCookie(),
        location: session === undefined ? undefined : await placeToEnd(parts, session),
      };
    },
    async placeToEnd({ cookies }) {
      const session = await sessions.ofCookie(cookies);
      return session === undefined ? undefined : placeToEnd(parts, session);
    },
    logOutBy: (token) => logOutBy(parts, token),
    clientKeys: () => provider.clientKeys(),
  };
}

/** With every other sign-in here that stands on the same one at the provider. */
async function end({ sessions }: FlowParts, session: PersonSession): Promise<void> {
  const { tenant, id, person, provider, providerSession: sid, user } = session;
  const by = { kind: 'human', name: person } as const;
  const reason = 'signed out';
  await sessions.end({ tenant, ground: { kind: 'session', id }, by, reason });
  if (sid === undefined) return;
  const ground = {
    kind: 'provider-session',
    provider,
    session: sid,
    subject: user.subject,
  } as const;
  await sessions.end({ tenant, ground, by, reason });
}

/** It has ended here, whether or not the provider answers. */
async function placeToEnd(
  { provider, configured, publicUrl }: FlowParts,
  { tenant, provider: name }: PersonSession,
): Promise<string | undefined> {
  const entry = providersOf(configured.tenant(tenant)).find((one) => one.name === name);
  if (entry === undefined) return undefined;
  const returnTo = `${publicUrl()}/sign-in`;
  return provider.endSessionUrl({ tenant, entry, returnTo }).catch(() => undefined);
}
