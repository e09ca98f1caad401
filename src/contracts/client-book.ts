/** A client that registered itself (RFC 7591). INVARIANT: what it says of itself is nobody's proof. */
export interface RegisteredClient {
  readonly tenant: string;
  readonly id: string;
  /** The document that lets clients register themselves. */
  readonly document: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** From where it came. */
  readonly source: string;
  readonly registeredAt: number;
  readonly usedAt: number;
}

/** Clients that registered themselves. Lives with `control`. */
export interface ClientBook {
  /** Durable. False, and nothing is kept, when the document has so many already. */
  register(client: RegisteredClient, most: number): Promise<boolean>;
  get(tenant: string, id: string): Promise<RegisteredClient | undefined>;
  list(tenant: string, limit: number): Promise<readonly RegisteredClient[]>;
  /** It is in use: it is not forgotten for a while. */
  used(tenant: string, id: string, now: number): Promise<void>;
  /** Those that nobody has used since then; answers how many. */
  forget(tenant: string, unusedSince: number): Promise<number>;
}
