import { Worker } from 'node:worker_threads';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { defaultOriginPrefix } from './origin.ts';
import type { SignerKeys } from './signer.ts';

/** Its keys are copied into the worker. */
export interface StartIntegratorOptions extends SignerKeys {
  readonly journalFolder: string;
  /** `DIR/log`. */
  readonly logRoot: string;
  /** Name of this writer; the last part of the folder and of the origin. */
  readonly writer: string;
  /** Under which its logs go on, as `admitLogs` said; its own name without it. */
  readonly name?: string;
  /** Where the ratchet is, beside the keys; without it nothing is remembered outside the folder. */
  readonly ratchetFolder?: string;
  /** First part of every origin. INVARIANT: never changes for a data folder. */
  readonly originPrefix?: string;
  /**
   * Something went wrong. `audit/inconsistent` and `store/newer-version` stop the integrator for
   * good; after anything else it tries again from what is on disk.
   */
  readonly onError: (error: BailiwickError) => void;
}

export interface RunningIntegrator {
  /** Resolves when all that is in the journal now is in tiles and under a signed checkpoint. */
  flush(): Promise<void>;
  /** The beginning of the present logs is on record: the ratchet says so from here on. */
  opened(): Promise<void>;
  /** Flushes, then ends the worker. Rejects when the flush failed; the worker ends all the same. */
  stop(): Promise<void>;
}

export interface IntegratorWorkerData extends SignerKeys {
  readonly journalFolder: string;
  readonly logRoot: string;
  readonly writer: string;
  readonly originPrefix: string;
  readonly name?: string;
  readonly ratchetFolder?: string;
}

interface WorkerProblem {
  readonly code: string;
  readonly message: string;
}

export interface ToWorker {
  readonly kind: 'flush' | 'stop' | 'opened';
  readonly id: number;
}

export type FromWorker =
  | { readonly kind: 'problem'; readonly problem: WorkerProblem }
  | { readonly kind: 'done'; readonly id: number; readonly problem?: WorkerProblem };

/** Starts the worker that moves the journal into logs; the journal may be opened before or after. */
export function startIntegrator(options: StartIntegratorOptions): RunningIntegrator {
  const { journalFolder, logRoot, writer, name, ratchetFolder } = options;
  const { signerKeyPkcs8, secondKeyPkcs8 } = options;
  const originPrefix = options.originPrefix ?? defaultOriginPrefix;
  const workerData: IntegratorWorkerData = {
    journalFolder,
    logRoot,
    writer,
    originPrefix,
    signerKeyPkcs8,
    ...(secondKeyPkcs8 === undefined ? {} : { secondKeyPkcs8 }),
    ...(name === undefined ? {} : { name }),
    ...(ratchetFolder === undefined ? {} : { ratchetFolder }),
  };
  const worker = new Worker(new URL('./integrator-worker.ts', import.meta.url), {
    workerData,
    name: 'integrator',
  });
  return new WorkerIntegrator(worker, options.onError);
}

class WorkerIntegrator implements RunningIntegrator {
  readonly #worker: Worker;
  readonly #onError: (error: BailiwickError) => void;
  readonly #waiting = new Map<number, (error: BailiwickError | undefined) => void>();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #stopping = false;
  #gone = false;

  constructor(worker: Worker, onError: (error: BailiwickError) => void) {
    this.#worker = worker;
    this.#onError = onError;
    worker.on('message', (message: FromWorker) => {
      this.#hear(message);
    });
    worker.on('error', (error) => {
      onError(new BailiwickError('audit/unavailable', { message: error.message, cause: error }));
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#exit();
        resolve();
      });
    });
  }

  flush(): Promise<void> {
    return this.#ask('flush');
  }

  opened(): Promise<void> {
    return this.#ask('opened');
  }

  async stop(): Promise<void> {
    if (this.#stopping) return this.#ended;
    this.#stopping = true;
    try {
      await this.#ask('stop');
    } finally {
      await this.#ended;
    }
  }

  #ask(kind: ToWorker['kind']): Promise<void> {
    if (this.#gone) return Promise.reject(workerGone());
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
      this.#worker.postMessage({ kind, id } satisfies ToWorker, []);
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'problem') return this.#onError(asError(message.problem));
    const answer = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    answer?.(message.problem === undefined ? undefined : asError(message.problem));
  }

  #exit(): void {
    this.#gone = true;
    if (!this.#stopping) this.#onError(workerGone());
    for (const answer of this.#waiting.values()) answer(workerGone());
    this.#waiting.clear();
  }
}

function workerGone(): BailiwickError {
  return new BailiwickError('audit/unavailable', { message: 'the integrator is not running' });
}

function asError(problem: WorkerProblem): BailiwickError {
  return new BailiwickError(isErrorCode(problem.code) ? problem.code : 'audit/unavailable', {
    message: problem.message,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
