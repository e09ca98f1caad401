/**
 * Leases that outlive one call (the environment of a child process, minted accounts later).
 * A lease bound to one call is in that call's records alone.
 */
export interface Lease {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  /** `targetText` of the whole that it was lent to: `tool:billing`. */
  readonly target: string;
  readonly secret: string;
  readonly bound: 'process';
  readonly openedAt: number;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  readonly epoch: number;
}

/** What a gateway may ask. */
export interface GatewayLeases {
  /** Durable before it resolves: a secret that is out is known to be out. */
  open(lease: Omit<Lease, 'endedAt' | 'endedBy' | 'epoch'>): Promise<Lease>;
  end(tenant: string, id: string, by: string, now: number): Promise<void>;
}

export interface LeaseBook extends GatewayLeases {
  /** Open leases, oldest first. */
  listOpen(filter: {
    readonly tenant: string;
    readonly agent?: string;
    readonly instance?: string;
  }): Promise<readonly Lease[]>;
}
