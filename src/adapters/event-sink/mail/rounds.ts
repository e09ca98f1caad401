import type { MailRefused, Sent } from './smtp.ts';

/** For so long somebody is tried again who is refused for now, while others have it. */
export const patienceMs = 1_800_000;

/** Whoever is told the same is one letter. */
export interface Round<One> {
  readonly to: readonly string[];
  readonly of: readonly One[];
}

/**
 * Who of several was told what, until all of a batch is settled. INVARIANT: whoever has something is not told it again
 * because another is refused for now; in memory alone, so that after a start all are told again.
 */
export class Rounds {
  readonly #all: readonly string[];
  readonly #has = new Map<string, Set<string>>();
  readonly #firstNo = new Map<string, number>();
  /** Told to one of them at least. */
  #told = new Set<string>();

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  due<One extends { readonly key: string }>(waiting: readonly One[]): readonly Round<One>[] {
    const rounds = new Map<string, { to: string[]; of: readonly One[] }>();
    for (const to of this.#all) {
      const of = waiting.filter(({ key }) => this.#has.get(to)?.has(key) !== true);
      const name = of.map(({ key }) => key).join('\n');
      const known = rounds.get(name);
      if (known !== undefined) known.to.push(to);
      else if (of.length > 0) rounds.set(name, { to: [to], of });
    }
    return [...rounds.values()];
  }

  /** Why it is not settled, where it is not: nobody has it, or somebody may yet. */
  note(
    { of }: Round<{ readonly key: string }>,
    { taken, refused }: Sent,
    now: number,
  ): MailRefused | undefined {
    const keys = of.map(({ key }) => key);
    for (const to of taken) {
      this.#keep(to, keys);
      this.#firstNo.delete(to);
      for (const key of keys) this.#told.add(key);
    }
    let why: MailRefused | undefined;
    for (const [to, no] of refused) {
      const first = this.#firstNo.get(to) ?? now;
      this.#firstNo.set(to, first);
      const isOver = !no.isForNow || now - first >= patienceMs;
      if (isOver && keys.every((key) => this.#told.has(key))) this.#keep(to, keys);
      else why ??= no;
    }
    return why;
  }

  settled(): void {
    this.#has.clear();
    this.#firstNo.clear();
    this.#told = new Set();
  }

  #keep(to: string, keys: readonly string[]): void {
    const had = this.#has.get(to) ?? new Set();
    for (const key of keys) had.add(key);
    this.#has.set(to, had);
  }
}
