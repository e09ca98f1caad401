import { type Refusal, refusal } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';

/** A call as far as its repetition is concerned. */
export interface RepeatableCall {
  /** `targetText`. */
  readonly target: string;
  /** By which names its arguments may stand there. Asked only where something of its task and target does. */
  readonly argumentsDigests: () => readonly string[];
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
  const calls = new Map<string, Map<string, OverlayEntry>>();
  const tasks = new Map<string, OverlayEntry>();
  for (const entry of entries) {
    const { target } = entry;
    if (target.kind === 'fence' && target.writer !== writer) {
      tasks.set(`${target.tenant}\n${target.task}`, entry);
    }
    if (target.kind !== 'effect') continue;
    const task = `${target.tenant}\n${target.task}`;
    if (target.target === undefined || target.argumentsDigest === undefined) tasks.set(task, entry);
    else keepStricter(calls, `${task}\n${target.target}`, target.argumentsDigest, entry);
  }
  if (calls.size === 0 && tasks.size === 0) return () => undefined;
  return ({ tenant, task }, { target, argumentsDigests, isRead }) => {
    const there = calls.get(`${tenant}\n${task}\n${target}`);
    const digest = there && argumentsDigests().find((one) => there.has(one));
    const known = digest === undefined ? undefined : there?.get(digest);
    if (known !== undefined) return refusalOf(known);
    const whole = isRead ? undefined : tasks.get(`${tenant}\n${task}`);
    return whole === undefined ? undefined : refusalOf(whole);
  };
}

/** Not to know says more than to know: it is looked at by a person. */
function keepStricter(
  calls: Map<string, Map<string, OverlayEntry>>,
  call: string,
  digest: string,
  entry: OverlayEntry,
): void {
  const known = calls.get(call) ?? new Map<string, OverlayEntry>();
  calls.set(call, known);
  if (known.get(digest)?.why !== 'unreconciled') known.set(digest, entry);
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
