import type { Roster, Snapshot } from '#kernel/snapshot.ts';

export interface SnapshotListener {
  snapshot(snapshot: Snapshot): void;
  roster(roster: Roster): void;
}

/** Hands the compiled configuration to gateways. A gateway that cannot hear keeps its last one. */
export interface GatewaySnapshots {
  current(): Promise<{ readonly snapshot: Snapshot | undefined; readonly roster: Roster }>;
  /** Calls with what is current first, then with every newer one. Returns how to stop listening. */
  subscribe(listener: SnapshotListener): () => void;
}

export interface SnapshotFeed extends GatewaySnapshots {
  /** Durable before it resolves; numbers only grow, a lower or equal one is `store/conflict`. */
  publish(snapshot: Snapshot): Promise<void>;
  publishRoster(roster: Roster): Promise<void>;
}
