import type { ExportedRecord, NeverTaken, SinkAnswer } from '#contracts/event-sink.ts';
import { takenAll, takenLater } from '#contracts/event-sink.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';

/** What a receiver said of records that it was given together. */
export type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly afterMs?: number | undefined };

/**
 * A receiver that takes all or nothing: what it refuses together is given to it in halves, until it is one
 * record that it refuses. INVARIANT: only a record that was refused alone is given up.
 */
export async function settleByHalves(
  batch: readonly ExportedRecord[],
  give: (records: readonly ExportedRecord[]) => Promise<Verdict | SinkAnswer>,
): Promise<SinkAnswer> {
  const verdict = await give(batch);
  // It says of each record what became of it.
  if ('settled' in verdict) return verdict;
  if (verdict.kind === 'taken') return takenAll(batch.length);
  if (verdict.kind === 'later') return takenLater(verdict.why, verdict.afterMs);
  if (batch.length === 1) return { settled: 1, never: [{ at: 0, why: verdict.why }] };
  const half = Math.ceil(batch.length / 2);
  const first = await settleByHalves(batch.slice(0, half), give);
  // A receiver that refuses everything is not asked about each record of a batch.
  const isEnough = first.never.length >= limits.exportRefusedInARow;
  if (first.settled < half || isEnough) return first;
  const second = await settleByHalves(batch.slice(half), give);
  const moved = second.never.map(({ at, why }): NeverTaken => ({ at: at + half, why }));
  return { ...second, settled: half + second.settled, never: [...first.never, ...moved] };
}

/** Of a request that carries records: whose fault it is that it was not taken. */
export function verdictOf({ status, retryAfterMs }: OutboundAnswer): Verdict {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const why = `it answers ${status}`;
  if (isOfRecords(status)) return { kind: 'refused', why };
  return { kind: 'later', why, afterMs: retryAfterMs };
}

/** What is sent is refused, and not who sends it, to where, or how often. */
function isOfRecords(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

/** Nobody answered, or not to the end. */
export function laterOf(fault: unknown): Verdict {
  const isOurs = fault instanceof BailiwickError;
  return { kind: 'later', why: isOurs ? fault.message : 'it cannot be asked' };
}
