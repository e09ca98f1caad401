import type { Fellow, FellowMethods, Fellows, Greeting } from '#contracts/fellows.ts';

/** What a gateway of a slow circle answers, and says when it meets one. */
export interface SlowParts {
  readonly methods: Pick<FellowMethods, 'lend' | 'giveBack'>;
  holdsOf(fellow: number): Greeting['holds'];
  greeted(fellow: number, holds: Greeting['holds']): void;
}

export interface SlowCircle {
  readonly fellows: readonly Fellows[];
  join(index: number, parts: SlowParts): void;
  /** Lets the next message of one of the ways arrive; false when none is on its way. */
  deliver(pick: number): boolean;
  /** One connection breaks, with all that is on it; both ends meet again by a greeting. */
  lose(pick: number): void;
}

/**
 * Gateways of one listener whose messages arrive when the test says so: on one way in their order,
 * across ways in any. As on the socket, each has its own line to each other one; a question that was
 * lost, or was given up, ends the connection, and the next one begins with a greeting.
 */
export function slowCircle(count: number): SlowCircle {
  const parts = new Map<number, SlowParts>();
  const all = Array.from({ length: count }, (_, index) => index);
  const lines = all.flatMap((from) =>
    all.filter((to) => to !== from).map((to) => new SlowLine(from, to, parts)),
  );
  const fellows = all.map(
    (index): Fellows => ({
      index,
      count,
      others: lines.filter(({ from }) => from === index).map((line) => line.fellow),
      keeperOf: () => undefined,
    }),
  );
  return {
    fellows,
    join: (index, given) => void parts.set(index, given),
    deliver(pick) {
      const waiting = lines.flatMap(({ ways }) => ways).filter((way) => way.length > 0);
      const message = waiting[pick % waiting.length]?.shift();
      message?.();
      return message !== undefined;
    },
    lose: (pick) => lines[pick % lines.length]?.lose(),
  };
}

class SlowLine {
  readonly from: number;
  readonly to: number;
  readonly fellow: Fellow;
  #questions: (() => void)[] = [];
  #answers: (() => void)[] = [];
  readonly #open = new Set<(fault: Error) => void>();
  readonly #parts: ReadonlyMap<number, SlowParts>;
  #connected = true;

  constructor(from: number, to: number, parts: ReadonlyMap<number, SlowParts>) {
    this.from = from;
    this.to = to;
    this.#parts = parts;
    const isConnected = () => this.#connected;
    this.fellow = {
      index: to,
      get connected() {
        return isConnected();
      },
      get awaySince() {
        return isConnected() ? undefined : 0;
      },
      ask: new Proxy({} as Fellow['ask'], {
        get: (_, name: keyof SlowParts['methods']) => (about: never) =>
          this.#ask(() => this.#parts.get(to)?.methods[name](about) ?? 0),
      }),
    };
  }

  get ways(): readonly (() => void)[][] {
    return [this.#questions, this.#answers];
  }

  lose(): void {
    this.#connected = false;
    this.#questions = [];
    this.#answers = [];
    for (const reject of this.#open) reject(new Error('it is away'));
    this.#open.clear();
    // The next connection is made a little later.
    this.#answers.push(() => this.#meet());
  }

  #meet(): void {
    const holds = this.#parts.get(this.from)?.holdsOf(this.to) ?? [];
    this.#questions.push(() => {
      this.#parts.get(this.to)?.greeted(this.from, holds);
      this.#answers.push(() => {
        this.#connected = true;
      });
    });
  }

  #ask(effect: () => number): Promise<number> {
    if (!this.#connected) return Promise.reject(new Error('it is away'));
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      this.#questions.push(() => {
        const answer = effect();
        this.#answers.push(() => {
          this.#open.delete(reject);
          resolve(answer);
        });
      });
    });
  }
}
