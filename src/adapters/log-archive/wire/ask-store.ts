import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbound, OutboundAnswer, OutboundAsk } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** How a store is asked, whoever made it. */
export interface StoreLine {
  readonly outbound: Outbound;
  /** Between two tries; a test does not wait. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What differs from one question to the next. */
export type StoreAsk = Omit<OutboundAsk, 'maxBytes' | 'timeoutMs'>;

/** Bodies of a bundle are bounded; what is larger is none of ours. */
export const largestObject = 268_435_456;
const timeoutMs = 60_000;
/** The run that ships comes again by itself: here only what passes in a moment is waited for. */
const pauses = [200, 800, 3_000] as const;
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks, and asks again while the store is busy or silent. `make` signs anew each time. INVARIANT: whatever is asked
 * may be asked twice: puts are conditional, and all else reads or makes a period longer.
 */
export async function askStore(
  { outbound, wait = sleep }: StoreLine,
  make: () => Promise<StoreAsk>,
  isPassing: (answer: OutboundAnswer) => boolean = ({ status }) => passing.has(status),
): Promise<OutboundAnswer> {
  for (let tried = 0; ; tried += 1) {
    const pause = pauses[tried];
    try {
      const ask = await make();
      const answer = await outbound.fetch({ ...ask, maxBytes: largestObject, timeoutMs });
      if (pause === undefined || !isPassing(answer)) return answer;
      await wait(Math.min(answer.retryAfterMs ?? pause, pauses[2]));
    } catch (fault) {
      if (pause === undefined || !isSilence(fault)) throw fault;
      await wait(pause);
    }
  }
}

export function isPassingStatus({ status }: OutboundAnswer): boolean {
  return passing.has(status);
}

function isSilence(fault: unknown): boolean {
  return fault instanceof BailiwickError && fault.code === 'outbound/unreachable';
}

/** INVARIANT: whatever goes wrong between here and the store is `away`: nothing of it is a word about records. */
export async function reached<T>(where: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof BailiwickError && cause.code.startsWith('audit/')) throw cause;
    throw unavailable(where, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

export function unavailable(where: string, why: string, cause?: unknown): BailiwickError {
  return new BailiwickError('audit/archive-unavailable', {
    message: `the archive \`${where}\` cannot be used: ${why}`,
    cause,
  });
}

export function conflict(message: string): BailiwickError {
  return new BailiwickError('audit/archive-conflict', { message });
}
