/** The key that bodies of one subject are sealed under. INVARIANT: it stands here wrapped, never bare. */
export interface PayloadKey {
  /** 128 random bits in hex: says nothing of the subject, and cannot be made from its name. */
  readonly handle: string;
  /** In base64, by the keyring. */
  readonly wrappedKey: string;
}

/**
 * Which key is whose. It stands outside of the log, because the log keeps everything: a key that is
 * destroyed here takes with it what was sealed under it, and no leaf changes.
 */
export interface PayloadKeyBook {
  of(tenant: string, subject: string): Promise<PayloadKey | undefined>;
  byHandle(tenant: string, handle: string): Promise<PayloadKey | undefined>;
  /**
   * The key of the subject: that which stands, or else the one that is offered. INVARIANT: it is as
   * durable as the store when this resolves, before anything is sealed under it.
   */
  keep(offer: {
    readonly tenant: string;
    readonly subject: string;
    readonly key: PayloadKey;
    readonly now: number;
  }): Promise<PayloadKey>;
  /** Gone for good; a subject of whom something is sealed later gets another handle. False when there was none. */
  destroy(tenant: string, subject: string): Promise<boolean>;
}
