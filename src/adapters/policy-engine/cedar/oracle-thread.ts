import { Worker } from 'node:worker_threads';
import { limits } from '#kernel/limits.ts';
import { CedarFault } from './fault.ts';
import type { Oracle, OracleAnswer, OracleAsked, OracleSet, OracleTold } from './oracle.ts';
import type { Question } from './slots.ts';
import { keepWasmCallsApart } from './wasm-flag.ts';

keepWasmCallsApart();

type Told = OracleTold & { readonly id: number; readonly ms: number };

export interface OracleThreadOptions {
  /** Longer is no answer. */
  readonly mostMs?: number;
  /** A thread that nobody asks for so long is ended: its memory is given back. */
  readonly idleMs?: number;
  readonly worker?: URL;
}

interface Waiting {
  readonly set: OracleSet;
  readonly question: Question;
  readonly settle: (answer: OracleAnswer | CedarFault) => void;
  readonly bound: NodeJS.Timeout;
}

/**
 * Asks in a thread, which is started by the first question. INVARIANT: a thread that dies or takes too
 * long is no answer to what it was asked, and nobody waits without bound; the next question is put to
 * another one.
 */
export function createOracleThread(options: OracleThreadOptions = {}): Oracle {
  const url = options.worker ?? new URL('./oracle-worker.ts', import.meta.url);
  const { mostMs = limits.policyOracleMs, idleMs = limits.policyOracleIdleMs } = options;
  let thread: Thread | undefined;
  return {
    ask(set, question) {
      if (thread === undefined || thread.isGone) thread = new Thread(url, { mostMs, idleMs });
      return thread.ask(set, question);
    },
  };
}

const failed = 'the policies could not be asked';

class Thread {
  readonly #worker: Worker;
  readonly #bounds: { readonly mostMs: number; readonly idleMs: number };
  readonly #waiting = new Map<number, Waiting>();
  readonly #given = new Set<string>();
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  isGone = false;

  constructor(url: URL, bounds: { readonly mostMs: number; readonly idleMs: number }) {
    this.#bounds = bounds;
    this.#worker = new Worker(url, { name: 'oracle', resourceLimits: { stackSizeMb: 1 } });
    this.#worker.on('message', (told: Told) => this.#take(told));
    this.#worker.on('error', () => this.#end(failed));
    this.#worker.on('exit', () => this.#end(failed));
  }

  ask(set: OracleSet, question: Question): Promise<OracleAnswer> {
    if (this.#waiting.size >= limits.policyOracleWaiting) {
      return Promise.reject(new CedarFault('too many calls wait for the policies to be asked'));
    }
    clearTimeout(this.#idle);
    this.#worker.ref();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const settle = (answer: OracleAnswer | CedarFault): void =>
        answer instanceof CedarFault ? reject(answer) : resolve(answer);
      const tooLong = (): void => this.#end('the policies took too long to ask');
      const bound = setTimeout(tooLong, this.#bounds.mostMs);
      this.#waiting.set(id, { set, question, settle, bound });
      this.#post(id, { set, question }, !this.#given.has(keyOf(set)));
    });
  }

  #post(id: number, { set, question }: Pick<Waiting, 'set' | 'question'>, whole: boolean): void {
    const { tenant, source, text } = set;
    const asked: OracleAsked = { id, tenant, source, text: whole ? text : undefined, question };
    this.#given.add(keyOf(set));
    this.#worker.postMessage(asked, []);
  }

  #take(told: Told): void {
    const waiting = this.#waiting.get(told.id);
    if (waiting === undefined) return;
    if (told.kind === 'missing') return this.#post(told.id, waiting, true);
    const { kind, id } = told;
    if (kind === 'failed') return this.#settle(id, new CedarFault(told.message));
    const { satisfied, errors, ms } = told;
    this.#settle(id, { satisfied, errors, ms });
  }

  #settle(id: number, answer: OracleAnswer | CedarFault): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.bound);
    waiting?.settle(answer);
    if (this.#waiting.size > 0 || this.isGone) return;
    // Nobody waits: it keeps no program alive.
    this.#worker.unref();
    this.#idle = setTimeout(() => this.#end(''), this.#bounds.idleMs).unref();
  }

  #end(message: string): void {
    this.isGone = true;
    clearTimeout(this.#idle);
    void this.#worker.terminate();
    for (const id of this.#waiting.keys()) this.#settle(id, new CedarFault(message));
  }
}

function keyOf({ tenant, source }: OracleSet): string {
  return `${tenant} ${source}`;
}
