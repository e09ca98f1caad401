/** Cumulative limits. In-flight work counts: what is reserved is used until it is released. */
export interface Reservation {
  readonly id: string;
  readonly tenant: string;
  readonly key: string;
  readonly amount: number;
  readonly period: string;
}

/** What a gateway may ask. */
export interface GatewayReservations {
  /**
   * Takes `amount` of the limit of `key` in `period`, or answers undefined when the sum of
   * reserved and committed would exceed it. Atomic: parallel callers never exceed the limit.
   * Amounts are whole numbers, not negative; money is counted in its smallest unit.
   */
  reserve(
    ask: Omit<Reservation, 'id'> & {
      readonly limit: number;
      readonly now: number;
      readonly expiresAt: number;
    },
  ): Promise<Reservation | undefined>;
  commit(tenant: string, id: string): Promise<void>;
  release(tenant: string, id: string): Promise<void>;
}

export interface Reservations extends GatewayReservations {
  used(tenant: string, key: string, period: string): Promise<number>;
  /**
   * Reservations whose holder vanished count as used: the effect is unknown. Returns how many were
   * turned from reserved to committed.
   */
  settleExpired(now: number): Promise<number>;
}
