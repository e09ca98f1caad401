import { flushCompileCache } from 'node:module';
import type { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type LostProgram, lostMessage, type ProgramMessage } from './settings.ts';

/** As long as the supervisor waits before it kills. */
const closeMs = 10_000;

/**
 * The child's end of the channel to its supervisor. A channel that is closed, or closes meanwhile, is
 * no fault: without its supervisor the program ends by itself.
 */
export function tell(message: ProgramMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** The first message of the supervisor: everything the program needs to know, secrets included. */
export function receiveSettings<S>(schema: z.ZodType<S>): Promise<S> {
  return new Promise((resolve, reject) => {
    process.once('message', (message) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
      else reject(new BailiwickError('gateway/internal', { message: parsed.error.message }));
    });
  });
}

/** Which programs the supervisor does not start any more, as it said last. */
export function hearOfLost(first: readonly LostProgram[]): () => readonly LostProgram[] {
  let lost = first;
  process.on('message', (message) => {
    const told = lostMessage.safeParse(message);
    if (told.success) ({ lost } = told.data);
  });
  return () => lost;
}

/** A program that is not serving yet has nothing to close: it ends as it stands. */
let end = (): void => process.exit(1);

/** Ends cleanly on the supervisor's word or death. */
export function endWith(close: () => Promise<void>): void {
  let ending = false;
  end = (): void => {
    if (ending) return;
    ending = true;
    // What does not close must not live on for ever: nobody would end it.
    setTimeout(() => process.exit(1), closeMs).unref();
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
}

/**
 * What the log's worker says. INVARIANT: a log that contradicts itself, or that a newer version
 * wrote, ends the program: nothing is done that could not be put into it.
 */
export function onLogFault(fault: BailiwickError): void {
  if (fault.code !== 'audit/inconsistent' && fault.code !== 'store/newer-version') {
    tell({ event: 'progress', text: `log: ${fault.message}` });
    return;
  }
  tell(failure(fault));
  setTimeout(() => process.exit(1), 50);
}

/** Runs a program's main function and tells a failure in words before it exits. */
export function runProgram(main: () => Promise<void>): void {
  // It keeps no program alive; and one that stands still does not say it.
  setInterval(() => tell({ event: 'alive' }), limits.heartbeatMs).unref();
  process.on('SIGTERM', () => end());
  // Ctrl-C and a closed terminal reach every program at once; the supervisor says who ends when.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  // INVARIANT: the supervisor is gone, whenever that was: an orphan must not go on, nor begin.
  process.on('disconnect', () => end());
  main().then(
    // Now and not at the end: a program that is killed must not compile everything anew.
    () => flushCompileCache(),
    (fault: unknown) => fail(fault),
  );
}

/** Says why, and ends; whoever supervises starts it anew. */
export function fail(fault: unknown): void {
  tell(failure(fault));
  // The channel needs a turn to send.
  setTimeout(() => process.exit(1), 50);
}

function failure(fault: unknown): ProgramMessage {
  if (fault instanceof BailiwickError) {
    const { code, message, suggestedAction, details } = fault;
    return {
      event: 'failed',
      code,
      message,
      suggestedAction,
      ...(details === undefined ? {} : { details }),
    };
  }
  if (fault instanceof Error && 'code' in fault) {
    const known = systemFault(fault as NodeJS.ErrnoException);
    if (known !== undefined) return known;
  }
  return {
    event: 'failed',
    code: 'gateway/internal',
    message: fault instanceof Error ? (fault.stack ?? fault.message) : 'unknown fault',
    suggestedAction: 'report this with the text above',
  };
}

function systemFault(fault: NodeJS.ErrnoException): ProgramMessage | undefined {
  if (fault.code === 'EADDRINUSE') return problem('up/port-taken', fault.message);
  if (fault.code === 'ENOSPC') return problem('store/full', fault.message);
  return undefined;
}

function problem(code: 'up/port-taken' | 'store/full', message: string): ProgramMessage {
  const { suggestedAction } = new BailiwickError(code);
  return { event: 'failed', code, message, suggestedAction };
}
