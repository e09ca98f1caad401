import type { Timer } from '#gateway/index.ts';

/** Stands still until it is told to move; what is due then has run, and what follows from it. */
export class ManualTimer implements Timer {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly now = (): number => this.#now;

  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    const one = { at: this.#now + milliseconds, run };
    this.#due.add(one);
    return () => void this.#due.delete(one);
  };

  get waiting(): number {
    return this.#due.size;
  }

  async advance(milliseconds: number): Promise<void> {
    await settle();
    this.#now += milliseconds;
    for (const one of [...this.#due].toSorted((a, b) => a.at - b.at)) {
      if (one.at > this.#now || !this.#due.delete(one)) continue;
      one.run();
      await settle();
    }
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
