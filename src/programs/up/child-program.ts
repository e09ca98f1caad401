import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BailiwickError } from '#kernel/errors.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import type { ProgramMessage } from '../settings.ts';

export interface ChildProgram {
  readonly pid: number | undefined;
  /** Resolves with the addresses of the first start; later starts keep them. */
  readonly ready: Promise<Readonly<Record<string, string>>>;
  /** Says something to the program that runs, if one does. */
  tell(message: object): void;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly entry: URL;
  /** Made anew for each start: after the first one, ports are no longer free choices. */
  settings(urls: Readonly<Record<string, string>> | undefined): unknown;
  progress(text: string): void;
  /** A later start failed in a way that trying again cannot mend: it is not tried again. */
  onFinal(fault: BailiwickError): void;
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
 * One program under supervision: started, told its settings, restarted when it dies. A failure
 * before it was ever ready is final and is told in its own words.
 */
export function superviseProgram(options: ChildOptions): ChildProgram {
  let child: ChildProcess | undefined;
  let stopping = false;
  let urls: Readonly<Record<string, string>> | undefined;
  let restarts = 0;
  let isReady = false;
  let final: BailiwickError | undefined;
  let timer: NodeJS.Timeout | undefined;
  let settle: { ok(urls: Readonly<Record<string, string>>): void; no(fault: Error): void };
  const ready = new Promise<Readonly<Record<string, string>>>((ok, no) => (settle = { ok, no }));

  const start = (): void => {
    const started = forkProgram(options.entry);
    child = started;
    isReady = false;
    started.send(options.settings(urls) as object);
    started.on('message', (message: ProgramMessage) => take(message));
    started.on('exit', (code, signal) => {
      if (child === started) child = undefined;
      if (stopping) return;
      if (urls === undefined) return settle.no(endedEarly(options.name));
      if (final !== undefined) return options.onFinal(final);
      options.progress(`${options.name} ended (${signal ?? code}), starting it again`);
      timer = setTimeout(start, Math.min(5_000, limits.supervisorRestartMs * 2 ** restarts));
      restarts += 1;
    });
  };

  const take = (message: ProgramMessage): void => {
    switch (message.event) {
      case 'progress':
        options.progress(`${options.name}: ${message.text}`);
        return;
      case 'ready':
        restarts = 0;
        isReady = true;
        if (urls === undefined) settle.ok(message.urls);
        else options.progress(`${options.name} is back`);
        urls = message.urls;
        return;
      case 'failed':
        if (urls === undefined) settle.no(faultOf(message));
        else options.progress(`${options.name}: ${message.message}`);
        // What a running program found out, the next start may mend: it looks before it signs.
        if (!isReady && finalCodes.has(message.code)) final = faultOf(message);
    }
  };

  start();
  return {
    get pid() {
      return child?.pid;
    },
    ready,
    tell: (message) => void child?.send(message),
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (child !== undefined) await stopChild(child);
    },
  };
}

function forkProgram(entry: URL): ChildProcess {
  return fork(entry, [], {
    execArgv: ['--no-turbo-inline-js-wasm-calls', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
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
