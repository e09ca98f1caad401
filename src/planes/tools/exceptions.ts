import { z } from 'zod';
import { limits } from '#kernel/limits.ts';
import type { ServerEntry, ToolException } from '#kernel/snapshot.ts';
import { isToolName } from '#kernel/tool.ts';

const words = z.string().trim().min(3).max(1_024);

/** A day, which is over when it begins, or a moment of it; in UTC, so that nobody has to ask whose day. */
const until = z.union([z.iso.date(), z.iso.datetime()]);

/** Tools that do whatever their text says and are called all the same, by name. */
export const exceptionsSpec = z.record(
  z.string().refine(isToolName, 'this is not the name of a tool'),
  z.strictObject({ owner: words, reason: words, control: words, until }),
);

export function exceptionsOf(
  spec: z.infer<typeof exceptionsSpec>,
): Readonly<Record<string, ToolException>> {
  return Object.fromEntries(
    Object.entries(spec).map(([tool, one]) => [tool, { ...one, until: Date.parse(one.until) }]),
  );
}

export type ExceptionState = 'none' | 'in-force' | 'ended' | 'too-long';

/** INVARIANT: judged by the clock at every call, so that its end needs nobody to remember it. */
export function exceptionState(exception: ToolException | undefined, now: number): ExceptionState {
  if (exception === undefined) return 'none';
  if (now >= exception.until) return 'ended';
  return exception.until - now > limits.exceptionMs ? 'too-long' : 'in-force';
}

export interface ExceptionDue {
  readonly server: string;
  readonly tool: string;
  readonly exception: ToolException;
  readonly state: ExceptionState;
}

/** Exceptions that somebody should look at: they have ended, end soon, or are for too long. */
export function exceptionsDue(
  servers: readonly ServerEntry[],
  now: number,
): readonly ExceptionDue[] {
  return servers.flatMap(({ name: server, exceptions = {} }) =>
    Object.entries(exceptions).flatMap(([tool, exception]) => {
      const state = exceptionState(exception, now);
      const isSoon = exception.until - now <= limits.exceptionEndsSoonMs;
      return state !== 'in-force' || isSoon ? [{ server, tool, exception, state }] : [];
    }),
  );
}
