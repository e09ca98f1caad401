import type { Socket } from 'node:net';

/**
 * What leaves on one connection. A reader that stands still costs a bounded amount: of each feed
 * only the newest waits, and questions are not read while answers cannot leave.
 */
export class Outgoing {
  readonly #socket: Socket;
  readonly #newest = new Map<string, string>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('drain', () => this.#flush());
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(text);
  }

  /** Replaces what still waits of the same feed. */
  sendNewest(feed: string, text: string): void {
    this.#newest.set(feed, text);
    this.#flush();
  }

  #flush(): void {
    for (const [feed, text] of this.#newest) {
      if (this.full || !this.#socket.writable) return;
      this.#newest.delete(feed);
      this.#socket.write(text);
    }
  }
}
