import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { createSignIns, type SignIns } from '#planes/sign-in/index.ts';
import type { Wiring } from '#wiring/index.ts';

export interface OpenSignIns {
  readonly sessions: SignIns;
  /** Where people meet this program; its port is known once it listens. */
  readonly place: { url: string };
}

export function openSignIns(parts: {
  readonly store: Store;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly settle: Wiring['settle'];
}): OpenSignIns {
  const { store, recorder, clock, settle } = parts;
  // By this name a browser takes it for safe, and a passkey has a home.
  const place = { url: 'http://localhost' };
  const sessions = createSignIns({
    book: store.signIns,
    recorder,
    clock,
    publicUrl: () => place.url,
    // Over when nobody acts on it any more, at any gateway.
    onEnded: async () => {
      await settle('session-ended');
      await settle('delegation-ended');
    },
  });
  return { sessions, place };
}
