/** What a bridge keeps at most, however much its client or its gateway sends. */
export const bounds = {
  /** One message, in either direction. */
  messageBytes: 33_554_432,
  /** All messages that are held at one time. */
  heldBytes: 134_217_728,
  /** Requests of the client that wait for an answer. */
  openRequests: 256,
  /** How long a request waits for a gateway that is away: it comes back within seconds or not. */
  patienceMs: 15_000,
  /** How long a notice or a reply may take to be taken. */
  noticeMs: 30_000,
  /**
   * How long answers are still waited for when the client says nothing more: the first call of a server
   * may start it. Clients that want an end sooner ask for it by a signal.
   */
  lingerMs: 15_000,
  /** How long the end of a session may take. */
  goodbyeMs: 500,
} as const;

/** Bytes that are held for somebody slower than us; what does not fit is refused, not kept. */
export class Held {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number = bounds.heldBytes) {
    this.#most = most;
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#most) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
