import { closeSync } from 'node:fs';

/** What the call that fails had done by then. */
export type Landing = 'nothing' | 'all';

type Call = (...args: unknown[]) => unknown;
type Done = (error: Error | null, written: number) => void;

/** Those that cannot fail, or are no calls of the system. */
const never = new Set(['exists']);

/**
 * Counts every call to the file systems that it wraps; the one with this number fails, once. A `close` that fails has
 * closed.
 */
export class FailingCalls {
  readonly #at: number;
  readonly #landing: Landing;
  readonly #code: string;
  made = 0;
  /** Which call failed. */
  failed: string | undefined;

  constructor(at: number, landing: Landing = 'nothing', code = 'EIO') {
    this.#at = at;
    this.#landing = landing;
    this.#code = code;
  }

  wrap<Io extends object>(io: Io): Io {
    return new Proxy(io, {
      get: (target, name, receiver) => {
        const call = Reflect.get(target, name, receiver) as unknown;
        if (typeof call !== 'function' || typeof name !== 'string' || never.has(name)) return call;
        return (...args: unknown[]) => this.#call(name, call as Call, args);
      },
    });
  }

  #call(name: string, call: Call, args: readonly unknown[]): unknown {
    const number = this.made;
    this.made += 1;
    if (number !== this.#at) return call(...args);
    this.failed = `${name} ${args.filter((arg) => typeof arg === 'string').join(' ')}`;
    const fault = Object.assign(new Error(this.#code), { code: this.#code });
    const done = args.at(-1);
    const isLanding = this.#landing === 'all' || name === 'close';
    if (typeof done === 'function') {
      // The journal's own write tells later.
      const tell = () => (done as Done)(fault, 0);
      if (isLanding) call(...args.slice(0, -1), tell);
      else setImmediate(tell);
      return undefined;
    }
    const answer = isLanding ? call(...args) : undefined;
    if (name === 'open' && typeof answer === 'number') closeSync(answer);
    throw fault;
  }
}
