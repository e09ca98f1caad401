import type { Overlay } from '#kernel/overlay.ts';
import type { StatePort } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { ChoreParts } from './chores.ts';
import type { RefusedSnapshot } from './configuration.ts';
import { refusedDraft } from './refused-snapshot.ts';

export interface Feeds {
  /** Resolves when a configuration, a roster and a confirmed overlay are there. */
  readonly ready: Promise<void>;
  stop(): void;
}

export interface FeedListener {
  /** Whose gateway this is. */
  readonly tenant: string;
  /** Servers that are new, or changed: to be looked at at once. */
  servers(tenant: string, servers: readonly string[]): void;
  refused(refused: RefusedSnapshot): void;
  /** This task is over; told again with each overlay that says so. */
  ended?(tenant: string, task: string): void;
  /** What is in force or refused here changed: whoever waits for it is told. */
  settled(): void;
}

type FeedParts = Pick<
  ChoreParts,
  'control' | 'configurations' | 'modelConnections' | 'recorder' | 'state'
> & {
  readonly upstreams: Pick<ChoreParts['upstreams'], 'adopt'>;
  readonly serverStates: Pick<ChoreParts['serverStates'], 'adopt'>;
};

/** Takes what `control` publishes; what is made of it is in force once all of it is compiled. */
export function followFeeds(
  parts: FeedParts,
  port: {
    readonly snapshots: StatePort['snapshots'];
    readonly overlay: Pick<StatePort['overlay'], 'subscribe'>;
  },
  listener: FeedListener,
): Feeds {
  const { control, configurations } = parts;
  const changed = changedServers();
  let sawConfiguration: () => void = () => undefined;
  let sawOverlay: () => void = () => undefined;
  const ready = Promise.all([
    new Promise<void>((resolve) => (sawConfiguration = resolve)),
    new Promise<void>((resolve) => (sawOverlay = resolve)),
  ]);
  configurations.follow({
    expected: (number) => control.expectConfiguration(number),
    inForce(configuration) {
      control.takeConfiguration(configuration);
      parts.upstreams.adopt(configuration.snapshot);
      parts.serverStates.adopt(configuration.snapshot);
      parts.modelConnections.adopt(configuration.snapshot);
      for (const [tenant, servers] of changed.inForce(configuration.snapshot)) {
        listener.servers(tenant, servers);
      }
      sawConfiguration();
      listener.settled();
    },
    refused(refused) {
      listener.refused(refused);
      listener.settled();
      const draft = refusedDraft({ tenant: listener.tenant, writer: parts.state.writer }, refused);
      // Control knows it from the next ping in any case.
      parts.recorder.record(draft).catch(() => undefined);
    },
  });
  const stopSnapshots = port.snapshots.subscribe({
    snapshot(snapshot) {
      changed.published(snapshot);
      configurations.take(snapshot);
    },
    roster: (roster) => control.takeRoster(roster),
  });
  const stopOverlay = port.overlay.subscribe({
    overlay(overlay, confirmedAt) {
      control.takeOverlay(overlay, confirmedAt);
      tellEnded(overlay, listener);
      sawOverlay();
    },
    urgent: (stops) => control.takeUrgent(stops),
  });
  return {
    ready: ready.then(() => undefined),
    stop() {
      stopSnapshots();
      stopOverlay();
    },
  };
}

function tellEnded({ entries }: Overlay, listener: FeedListener): void {
  for (const { target, why } of entries) {
    if (target.kind === 'task' && why === 'ended') listener.ended?.(target.tenant, target.task);
  }
}

interface ChangedServers {
  /** Each that comes, also one that a newer one overtakes before it is in force. */
  published(snapshot: Snapshot): void;
  /** By tenant: the servers whose documents this Snapshot has and the one before had not. */
  inForce(snapshot: Snapshot): readonly (readonly [string, string[]])[];
}

/**
 * INVARIANT: a server that was removed is not known any more. Control forgot what it showed, so that one
 * of its name is looked at anew however much it is like the one that went.
 */
function changedServers(): ChangedServers {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return {
    published({ tenants }) {
      for (const [tenant, before] of known) {
        const servers = tenants[tenant]?.servers ?? {};
        const left = [...before].filter(([name]) => Object.hasOwn(servers, name));
        known.set(tenant, new Map(left));
      }
    },
    inForce: ({ tenants }) =>
      Object.values(tenants).map(({ tenant, servers }) => {
        const before = known.get(tenant);
        const all = Object.values(servers);
        known.set(tenant, new Map(all.map(({ name, digest }) => [name, digest])));
        const changed = all.filter(({ name, digest }) => before?.get(name) !== digest);
        return [tenant, changed.map(({ name }) => name)];
      }),
  };
}
