import { createOidc } from '#adapters/identity-provider/oidc/index.ts';
import { createOutbounds } from '#adapters/outbound/index.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { UserTokens } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { createUserPresence } from '#planes/directory/index.ts';
import { createSecretReader } from '#planes/credentials/index.ts';
import {
  configuredBy,
  createCookieBinding,
  createSignInDesk,
  createSignIns,
  createUserTokens,
  sessionKey,
  type SignInDesk,
  type SignIns,
} from '#planes/sign-in/index.ts';
import type { Wiring } from '#wiring/index.ts';
import type { ProgramLog } from '../program-log.ts';

export interface OpenSignIns {
  readonly sessions: SignIns;
  readonly signIn: SignInDesk;
  /** Judges what people's providers signed, for whoever exchanges it. */
  readonly userTokens: UserTokens;
  /** Where people meet this program; its port is known once it listens. */
  readonly place: { url: string };
}

export async function openSignIns(parts: {
  readonly store: Store;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly settle: Wiring['settle'];
  readonly keyring: Keyring;
  readonly log: Pick<ProgramLog, 'tenants'>;
  readonly tenant: string;
  readonly snapshot: () => Snapshot | undefined;
}): Promise<OpenSignIns> {
  const { store, recorder, clock, settle, keyring, log, tenant, snapshot } = parts;
  // By this name a browser takes it for safe, and a passkey has a home.
  const place = { url: 'http://localhost' };
  const configured = configuredBy(snapshot);
  const shared = { book: store.signIns, recorder, clock, configured, publicUrl: () => place.url };
  const sessions = createSignIns({
    ...shared,
    cookies: createCookieBinding(await keyring.signer(sessionKey)),
    isGone: createUserPresence({ directory: store.directory, snapshot }),
    // Over when nobody acts on it any more, at any gateway.
    onEnded: async () => {
      await settle('session-ended');
      await settle('delegation-ended');
    },
  });
  const provider = createOidc({
    clock,
    outbound: createOutbounds(),
    secretOf: createSecretReader({
      wrapper: await keyring.wrapper('vault'),
      tenants: log.tenants,
      secrets: (name) => configured.tenant(name)?.secrets,
    }),
    signer: await keyring.signer('sign-in'),
  });
  return {
    place,
    sessions,
    signIn: createSignInDesk({ ...shared, sessions, provider, tenant }),
    userTokens: createUserTokens({ provider, configured, clock }),
  };
}
