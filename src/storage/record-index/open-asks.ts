/** What is being answered, and for whom nobody waits any more. INVARIANT: of what was answered nothing is kept. */
export class OpenAsks {
  readonly #open = new Map<number, 'waited for' | 'gone'>();

  get size(): number {
    return this.#open.size;
  }

  begin(id: number): void {
    this.#open.set(id, 'waited for');
  }

  end(id: number): void {
    this.#open.delete(id);
  }

  /** Whoever asked is told to have gone at the end of every request, also long after the answer. */
  leave(id: number): void {
    if (this.#open.has(id)) this.#open.set(id, 'gone');
  }

  isGone(id: number): boolean {
    return this.#open.get(id) === 'gone';
  }
}
