import { type Refusal, refusal } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';

/** A call as far as its repetition is concerned. */
export interface RepeatableCall {
  /** `targetText`. */
  readonly target: string;
  readonly argumentsDigest: string;
  readonly isRead: boolean;
}

export type Repeats = (
  principal: Pick<Principal, 'tenant' | 'task'>,
  call: RepeatableCall,
) => Refusal | undefined;

/**
 * Calls that must not be made again because of what is not known of earlier ones. `writer`: of this
 * gateway, which knows by itself what it left open. Subtract-only, as everything in the overlay.
 */
export function compileRepeats(entries: readonly OverlayEntry[], writer: string): Repeats {
  const calls = new Map<string, OverlayEntry>();
  const tasks = new Map<string, OverlayEntry>();
  for (const entry of entries) {
    const { target } = entry;
    if (target.kind === 'fence' && target.writer !== writer) {
      tasks.set(`${target.tenant}\n${target.task}`, entry);
    }
    if (target.kind !== 'effect') continue;
    const task = `${target.tenant}\n${target.task}`;
    if (target.target === undefined || target.argumentsDigest === undefined) tasks.set(task, entry);
    else keepStricter(calls, `${task}\n${target.target}\n${target.argumentsDigest}`, entry);
  }
  if (calls.size === 0 && tasks.size === 0) return () => undefined;
  return ({ tenant, task }, { target, argumentsDigest, isRead }) => {
    const known = calls.get(`${tenant}\n${task}\n${target}\n${argumentsDigest}`);
    if (known !== undefined) return refusalOf(known);
    const whole = isRead ? undefined : tasks.get(`${tenant}\n${task}`);
    return whole === undefined ? undefined : refusalOf(whole);
  };
}

/** Not to know says more than to know: it is looked at by a person. */
function keepStricter(calls: Map<string, OverlayEntry>, key: string, entry: OverlayEntry): void {
  if (calls.get(key)?.why !== 'unreconciled') calls.set(key, entry);
}

function refusalOf({ why, ref }: OverlayEntry): Refusal {
  if (why === 'fenced') return refusal('audit/fenced', { retryAfter: 1 });
  return why === 'already-done' ? alreadyDone(ref) : refusal('audit/unreconciled');
}

export function alreadyDone(ref: string | undefined): Refusal {
  return refusal('audit/already-done', {
    details: { effect: 'done', retry: false, ...(ref === undefined ? {} : { ref }) },
  });
}
