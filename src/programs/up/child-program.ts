import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BailiwickError } from '#kernel/errors.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import type { ProgramMessage } from '../settings.ts';
import { watchSilence } from './silence.ts';

export interface ChildProgram {
  readonly pid: number | undefined;
  /** Resolves with the addresses of the first start; later starts keep them. */
  readonly ready: Promise<Readonly<Record<string, string>>>;
  /** Says something to the program that runs, if one does. */
  tell(message: object): void;
  /** From now on it is not started again: whoever ends a whole group ends it in any order. */
  expectEnd(): void;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly entry: URL;
  /** Made anew for each start: after the first one, ports are no longer free choices. */
  readonly settings: (urls: Readonly<Record<string, string>> | undefined) => unknown;
  readonly progress: (text: string) => void;
  /** A later start failed in a way that trying again cannot mend: it is not tried again. */
  readonly onFinal: (fault: BailiwickError) => void;
  /** What it needs first. Its process is there meanwhile and reads its code; it does nothing yet. */
  readonly after?: Promise<unknown>;
}

/** What only a person can mend: each try again would fail as well, and may make it worse. */
const finalCodes: ReadonlySet<string> = new Set([
  'audit/inconsistent',
  'store/corrupt',
  'store/keys-unreadable',
  'store/newer-version',
] satisfies ErrorCode[]);

const stopGraceMs = 10_000;

/** Compiled code beside the private runtime: never in the data folder, and gone with the checkout. */
const compileCache =
  process.env['NODE_COMPILE_CACHE'] ??
  fileURLToPath(new URL('../../../.runtime/compile-cache', import.meta.url));

/**
 * One program under supervision: started, told its settings, restarted when it dies or stands still.
 * A failure before it was ever ready is final and is told in its own words.
 */
export function superviseProgram(options: ChildOptions): ChildProgram {
  return new Supervised(options);
}

type Urls = Readonly<Record<string, string>>;

class Supervised implements ChildProgram {
  readonly ready: Promise<Urls>;
  readonly #options: ChildOptions;
  readonly #first = Promise.withResolvers<Urls>();
  #child: ChildProcess | undefined;
  /** Its settings come first; before them it takes nothing else for a message to it. */
  #hasSettings = false;
  #urls: Urls | undefined;
  #stopping = false;
  #restarts = 0;
  #isReady = false;
  #final: BailiwickError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.ready = this.#first.promise;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  tell(message: object): void {
    if (this.#hasSettings && this.#child !== undefined) send(this.#child, message);
  }

  expectEnd(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
  }

  async stop(): Promise<void> {
    this.expectEnd();
    if (this.#child !== undefined) await stopChild(this.#child);
  }

  #start(): void {
    const { name, entry, progress, after } = this.#options;
    const child = forkProgram(entry);
    this.#child = child;
    this.#isReady = false;
    this.#hasSettings = false;
    const endIt = (): void => {
      progress(`${name} does not answer any more, ending it`);
      child.kill('SIGKILL');
    };
    const silence = watchSilence(endIt, undefined, limits.programBeginMs);
    // What it waits for may fail: then there is nothing to tell it.
    (after ?? Promise.resolve()).then(
      () => this.#sendSettings(child),
      () => undefined,
    );
    child.on('message', (message: ProgramMessage) => {
      this.#take(message);
      silence.heard(this.#isReady);
    });
    child.on('exit', (code, signal) => {
      silence.stop();
      this.#ended(child, signal ?? String(code));
    });
  }

  #sendSettings(child: ChildProcess): void {
    if (!child.connected || this.#child !== child) return;
    send(child, this.#options.settings(this.#urls) as object);
    this.#hasSettings = true;
  }

  #ended(child: ChildProcess, how: string): void {
    const { name, progress, onFinal } = this.#options;
    if (this.#child === child) this.#child = undefined;
    if (this.#stopping) return;
    if (this.#urls === undefined) return this.#first.reject(endedEarly(name));
    if (this.#final !== undefined) return onFinal(this.#final);
    progress(`${name} ended (${how}), starting it again`);
    this.#timer = setTimeout(() => this.#start(), waitBefore(this.#restarts));
    this.#restarts += 1;
  }

  #take(message: ProgramMessage): void {
    const { name, progress } = this.#options;
    switch (message.event) {
      case 'alive':
        return;
      case 'progress':
        progress(`${name}: ${message.text}`);
        return;
      case 'ready':
        this.#restarts = 0;
        this.#isReady = true;
        if (this.#urls === undefined) this.#first.resolve(message.urls);
        else progress(`${name} is back`);
        this.#urls = message.urls;
        return;
      case 'failed':
        if (this.#urls === undefined) this.#first.reject(faultOf(message));
        else progress(`${name}: ${message.message}`);
        // What a running program found out, the next start may mend: it looks before it signs.
        if (!this.#isReady && finalCodes.has(message.code)) this.#final = faultOf(message);
    }
  }
}

const longestWaitMs = 5_000;

/** At once the first time: whoever served until now is waited for by callers. */
export function waitBefore(restarts: number): number {
  if (restarts === 0) return 0;
  return Math.min(longestWaitMs, limits.supervisorRestartMs * 2 ** (restarts - 1));
}

/** A program that ends meanwhile hears nothing; its end is seen in any case. */
function send(child: ChildProcess, message: object): void {
  child.send(message, () => undefined);
}

/**
 * A start follows no links: a program has five hundred files, and to ask for each part of each path
 * whether it is a link took a fifth of the time that reading them takes. Packages are installed as
 * what they are, never as links (`npm`, not `pnpm`).
 */
const flags = [
  '--no-turbo-inline-js-wasm-calls',
  '--disable-warning=ExperimentalWarning',
  '--preserve-symlinks',
  '--preserve-symlinks-main',
];

/**
 * glibc keeps a heap for each thread that ever asked, up to eight for each core, and gives little of
 * them back: under full load a gateway took more and more memory while its own objects stayed at 27 MiB.
 * With two they are used again. Other allocators do not know the variable.
 */
const heaps = { MALLOC_ARENA_MAX: process.env['MALLOC_ARENA_MAX'] ?? '2' };

function forkProgram(entry: URL): ChildProcess {
  return fork(entry, [], {
    execArgv: flags,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...heaps, NODE_COMPILE_CACHE: compileCache },
  });
}

function endedEarly(name: string): BailiwickError {
  return new BailiwickError('gateway/internal', { message: `${name} ended early` });
}

function faultOf(message: Extract<ProgramMessage, { event: 'failed' }>): BailiwickError {
  return new BailiwickError(message.code as ErrorCode, {
    message: message.message,
    suggestedAction: message.suggestedAction,
    ...(message.details === undefined ? {} : { details: message.details as never }),
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
  await gone;
  clearTimeout(cut);
}
