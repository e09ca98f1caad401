import { Worker } from 'node:worker_threads';
import type { PolicySet } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import { type Judge, type JudgedText, unjudged } from './judged.ts';
import { keepWasmCallsApart } from './wasm-flag.ts';

export interface JudgeThreadOptions {
  /** A set that takes longer is refused. */
  readonly mostMs?: number;
  readonly worker?: URL;
}

keepWasmCallsApart();

interface Waiting {
  readonly answer: (judged: JudgedText) => void;
  readonly bound: NodeJS.Timeout;
}

/**
 * Judges in a thread, which lives while somebody waits for it: policies change rarely, and what the
 * engine holds is given back. INVARIANT: a thread that dies, or goes on for ever, refuses what it was
 * asked; the next set is judged by another one.
 */
export function createJudgeThread(options: JudgeThreadOptions = {}): Judge {
  const mostMs = options.mostMs ?? limits.policyLoadMs;
  const url = options.worker ?? new URL('./judge-worker.ts', import.meta.url);
  let thread: Thread | undefined;
  return {
    judge(set) {
      if (thread === undefined || thread.isGone) thread = new Thread(url, mostMs);
      return thread.judge(set);
    },
  };
}

class Thread {
  readonly #worker: Worker;
  readonly #mostMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  isGone = false;

  constructor(url: URL, mostMs: number) {
    this.#mostMs = mostMs;
    // A smaller stack than the loop's own: what is too deep for the loop is too deep here.
    this.#worker = new Worker(url, { name: 'policies', resourceLimits: { stackSizeMb: 1 } });
    this.#worker.on('message', (message: { id: number; judged: JudgedText }) => {
      this.#settle(message.id, message.judged);
    });
    this.#worker.on('error', () => this.#end('the policies could not be judged'));
    this.#worker.on('exit', () => this.#end('the policies could not be judged'));
  }

  judge(set: PolicySet): Promise<JudgedText> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const tooLong = (): void => this.#end('the policies took too long to judge');
      this.#waiting.set(id, { answer: resolve, bound: setTimeout(tooLong, this.#mostMs) });
      this.#worker.postMessage({ id, set }, []);
    });
  }

  #settle(id: number, judged: JudgedText): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.bound);
    waiting.answer(judged);
    if (this.#waiting.size === 0) this.#end('');
  }

  #end(message: string): void {
    this.isGone = true;
    void this.#worker.terminate();
    for (const id of this.#waiting.keys()) this.#settle(id, unjudged(message));
  }
}
