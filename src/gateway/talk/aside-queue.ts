import type { StreamEvent } from '#contracts/streamed.ts';
import { limits } from '#kernel/limits.ts';

interface Waiting {
  readonly event: StreamEvent;
  /** What may be left out when its reader is slow. */
  readonly mayGo: boolean;
}

/**
 * What a server said before its answer and nobody took yet. INVARIANT: bounded; of more, what it merely
 * told is left out from the oldest on, and never what it asked.
 */
export class AsideQueue {
  #waiting: Waiting[] = [];
  #redactions = 0;
  #wake: (() => void) | undefined;

  tell(event: StreamEvent, redactions: number): void {
    this.#add({ event, mayGo: true }, redactions);
  }

  ask(event: StreamEvent, redactions: number): void {
    this.#add({ event, mayGo: false }, redactions);
  }

  /** Something was asked that is told otherwise. */
  park(redactions: number): void {
    this.#redactions += redactions;
    this.wake();
  }

  take(): { readonly events: readonly StreamEvent[]; readonly redactions: number } {
    const events = this.#waiting.map(({ event }) => event);
    const redactions = this.#redactions;
    this.#waiting = [];
    this.#redactions = 0;
    return { events, redactions };
  }

  /** Resolves at the next word. */
  something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #add(one: Waiting, redactions: number): void {
    if (this.#waiting.length >= limits.asidesWaiting) {
      const oldest = this.#waiting.findIndex(({ mayGo }) => mayGo);
      if (oldest >= 0) this.#waiting.splice(oldest, 1);
    }
    this.#waiting.push(one);
    this.#redactions += redactions;
    this.wake();
  }
}
