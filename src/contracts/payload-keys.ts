/** The key that bodies of one subject are sealed under. INVARIANT: it stands here wrapped, never bare. */
export interface PayloadKey {
  /** 128 random bits in hex: says nothing of the subject, and cannot be made from its name. */
  readonly handle: string;
  /** In base64, by the keyring. */
  readonly wrappedKey: string;
}

/** A key that is gone for good. The log says why, by whom and when, in the record that is named. */
export interface DestroyedKey {
  /** Counts up in each tenant, from 1. */
  readonly number: number;
  readonly handle: string;
  /** Id of the record. */
  readonly record: string;
  readonly at: number;
}

/**
 * The gateway's half: keys are lent to it, to seal under and, after a crash, to read what it left open.
 * INVARIANT: nothing here destroys a key, and none that was destroyed comes back by it.
 */
export interface GatewayPayloadKeys {
  of(tenant: string, subject: string): Promise<PayloadKey | undefined>;
  byHandle(tenant: string, handle: string): Promise<PayloadKey | undefined>;
  /**
   * The key of the subject: that which stands, or else the one that is offered. INVARIANT: it is as
   * durable as the store when this resolves, before anything is sealed under it. Rejects with
   * `store/conflict` what is offered under a handle that was destroyed.
   */
  keep(offer: {
    readonly tenant: string;
    readonly subject: string;
    readonly key: PayloadKey;
    readonly now: number;
  }): Promise<PayloadKey>;
  /** Undefined of a key that stands, or that nobody here knows. */
  destroyed(tenant: string, handle: string): Promise<DestroyedKey | undefined>;
  /**
   * What was destroyed behind this number, in the order of the numbers, at most so many. Whoever keeps keys
   * in memory asks with the last number that it has seen: INVARIANT: a number is never given twice.
   */
  destroyedSince(tenant: string, after: number, most: number): Promise<readonly DestroyedKey[]>;
}

/**
 * Which key is whose. It stands outside of the log, because the log keeps everything: a key that is
 * destroyed here takes with it what was sealed under it, and no leaf changes.
 */
export interface PayloadKeyBook extends GatewayPayloadKeys {
  /** Subjects whose names begin about as this one does, at most so many; for whoever misspelt it. */
  like(tenant: string, subject: string, most: number): Promise<readonly string[]>;
  /**
   * Gone for good, and from then on named among those that were destroyed, also where it was not there: the
   * same again changes nothing. A subject of whom something is sealed later gets another handle.
   * False when there was none. INVARIANT: by the handle that the record names, which is on disk before.
   */
  destroy(gone: {
    readonly tenant: string;
    readonly handle: string;
    readonly record: string;
    readonly now: number;
  }): Promise<boolean>;
  /**
   * Each key of any tenant whose wrapped form does not begin so is given another, which does, or is left as
   * it is where there is none. INVARIANT: the
   * wrapped bytes of before are in no file of the store once it resolves. How many.
   */
  rewrap(
    form: string,
    anew: (tenant: string, key: PayloadKey) => string | undefined,
  ): Promise<number>;
  /** Called in this process once the key is gone, before `destroy` resolves. Whoever missed it asks `destroyedSince`. */
  onDestroyed(listener: (tenant: string, key: DestroyedKey) => void): () => void;
}
