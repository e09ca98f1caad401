/** What is fetched from an address that somebody outside named. */
export interface OutboundAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  /** For how many seconds it may be believed, as it says itself; undefined when it does not say. */
  readonly maxAge: number | undefined;
  /** In how many milliseconds it wants to be asked again, where it says so. */
  readonly retryAfterMs?: number | undefined;
  /** One header by its name in small letters; undefined where there is none, or several. */
  readonly header?: ((name: string) => string | undefined) | undefined;
}

export interface OutboundAsk {
  readonly url: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** What a document lets be asked beside the world outside. */
export interface OutboundNetwork {
  /** This machine, over plain HTTP too: for evaluation. */
  readonly loopback: boolean;
  /** Hosts (`name` or `name:port`) of private networks. */
  readonly hosts: readonly string[];
}

/**
 * Fetches what strangers name: metadata, keys, documents of clients. INVARIANT: no redirect is followed, and
 * the address that was judged is the one that is connected to. An address of a private network is refused,
 * whatever name stands for it, unless it was said that it may be reached. Rejects with `outbound/…`.
 */
export interface Outbound {
  fetch(ask: OutboundAsk): Promise<OutboundAnswer>;
}
