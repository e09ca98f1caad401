import { createOutbound } from '#adapters/outbound/index.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { PersonSessions } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createOAuthServer, type OAuthServer } from '#planes/delegation/index.ts';
import type { DelegationKeeper } from '#planes/delegation/index.ts';
import { createKeyProofs, type Enrolment } from '#planes/identity/index.ts';

/** What clients that follow OAuth meet, over the books of this store. */
export function openOAuth(parts: {
  readonly store: Store;
  readonly recorder: DeskRecorder;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly delegations: DelegationKeeper;
  readonly enrolment: Pick<Enrolment, 'own'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly health: () => readonly JsonObject[];
}): OAuthServer {
  const { enrolment, health } = parts;
  const others = createOutbound({ mayReach: () => false, loopback: false });
  const own = createOutbound({ mayReach: () => false, loopback: true });
  return createOAuthServer({
    ...parts,
    own: enrolment.own,
    proofs: createKeyProofs(systemClock),
    // Only what a document names is fetched; of this machine only where its address says so in so many words.
    outbound: { fetch: (ask) => (isOwn(ask.url) ? own : others).fetch(ask) },
    gateways: health,
    clock: systemClock,
  });
}

function isOwn(url: string): boolean {
  const host = URL.parse(url)?.hostname;
  return host === '127.0.0.1' || host === 'localhost';
}
