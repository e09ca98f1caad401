import type { StatePort } from '#contracts/store.ts';
import { frame, toWire } from './wire.ts';

export type FeedName = 'snapshot' | 'roster' | 'overlay' | 'urgent';

export interface Broadcast {
  /** What is current now, for one that has just come. */
  latest(): ReadonlyMap<FeedName, string>;
  /** Which list of urgent stops is current; a gateway that holds another one confirms nothing. */
  urgentRevision(): number;
  stop(): void;
}

/**
 * The feeds, written once for all connections. An overlay goes out the moment it changes; that it
 * has not changed is what each gateway asks by itself, with its pings.
 */
export function startBroadcast(
  store: StatePort,
  push: (feed: FeedName, text: string) => void,
): Broadcast {
  const latest = new Map<FeedName, string>();
  let overlayNumber = -1;
  let urgentRevision = 0;
  const out = (feed: FeedName, value: unknown): void => {
    const text = frame({ push: feed, value: toWire(value) });
    latest.set(feed, text);
    push(feed, text);
  };
  const stopSnapshots = store.snapshots.subscribe({
    snapshot: (snapshot) => out('snapshot', snapshot),
    roster: (roster) => out('roster', roster),
  });
  const stopOverlay = store.overlay.subscribe({
    overlay: (overlay) => {
      if (overlay.number === overlayNumber) return;
      overlayNumber = overlay.number;
      out('overlay', overlay);
    },
    urgent: (stops) => {
      urgentRevision += 1;
      out('urgent', { revision: urgentRevision, stops });
    },
  });
  return {
    latest: () => latest,
    urgentRevision: () => urgentRevision,
    stop() {
      stopSnapshots();
      stopOverlay();
    },
  };
}
