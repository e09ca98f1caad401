import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { Breaker, isAboutCaller } from './breaker.ts';
import { commonDraft, type Counted, takeCount } from './counted.ts';
import { Distinct } from './distinct.ts';

/** Refusals of one known caller: the first of each kind is told at once, the rest is counted. */
export interface RepeatedRefusals {
  /**
   * True: the first of its kind in this window, to be recorded now. Two are of one kind when code,
   * method, tool and `about` (the digest of the arguments) are the same.
   */
  note(draft: RecordDraft, now: number, about: string): boolean;
  due(now: number, everything: boolean): readonly RecordDraft[];
  /** Milliseconds that the breaker of this caller stays open; 0 when it is closed. */
  brokenFor(caller: string, now: number): number;
  relieve(caller: string): void;
}

interface Window {
  readonly since: number;
  readonly kinds: Map<string, Counted>;
  readonly breaker: Breaker;
  /** Counts up to here are told. */
  toldAt: number;
}

/** INVARIANT: per caller and window a bounded number of records, whatever the caller sends. */
export function createRepeatedRefusals(): RepeatedRefusals {
  const windows = new Map<string, Window>();
  const ended: RecordDraft[] = [];
  const isOver = (window: Window, now: number) => now - window.since >= limits.refusalWindowMs;
  const close = (caller: string, window: Window, now: number): void => {
    windows.delete(caller);
    ended.push(...takeCounts(window, now));
  };
  const windowOf = (caller: string, now: number): Window => {
    const known = windows.get(caller);
    if (known !== undefined && !isOver(known, now)) return known;
    const oldest = windows.entries().next();
    if (known !== undefined) close(caller, known, now);
    else if (windows.size >= limits.refusalSources && oldest.done !== true) {
      close(...oldest.value, now);
    }
    const window = { since: now, toldAt: now, kinds: new Map(), breaker: new Breaker() };
    windows.set(caller, window);
    return window;
  };
  return {
    note(draft, now, about) {
      const window = windowOf(callerOf(draft), now);
      window.breaker.note(draft);
      return countKind(window, draft, now, about);
    },
    due(now, everything) {
      for (const [caller, window] of windows) {
        if (everything || isOver(window, now)) close(caller, window, now);
        else if (now - window.toldAt >= limits.refusalCountMs) {
          ended.push(...takeCounts(window, now));
        }
      }
      return ended.splice(0);
    },
    brokenFor(caller, now) {
      const window = windows.get(caller);
      if (window?.breaker.isOpen !== true) return 0;
      return Math.max(0, window.since + limits.refusalWindowMs - now);
    },
    relieve: (caller) => windows.get(caller)?.breaker.relieve(),
  };
}

function takeCounts(window: Window, now: number): RecordDraft[] {
  window.toldAt = now;
  return [...window.kinds.values()].flatMap(
    (one) => takeCount('gateway.refused-repeated', one, now) ?? [],
  );
}

/** True for the first of its kind; who is refused in very many ways is counted by code, with how many. */
function countKind(window: Window, draft: RecordDraft, now: number, about: string): boolean {
  const { kinds } = window;
  const code = draft.refusal?.code ?? '';
  const own = `${code}\n${draft.method}\n${draft.named ?? ''}\n${about}`;
  const isFolded = !kinds.has(own) && (isAboutCaller(code) || kinds.size >= limits.refusalKinds);
  const key = isFolded ? code : own;
  const known = kinds.get(key);
  if (known !== undefined) {
    known.distinct?.add(own);
    known.count += 1;
    return false;
  }
  const distinct = isFolded ? new Distinct() : undefined;
  kinds.set(key, { draft: isFolded ? foldedDraft(draft) : draft, since: now, count: 0, distinct });
  return true;
}

/** What is common to all of them, and apart from it, as an example, what the first one was about. */
function foldedDraft(draft: RecordDraft): RecordDraft {
  const { method, named, target } = draft;
  const first = {
    ...(method === undefined ? {} : { method }),
    ...(named === undefined ? {} : { named }),
    ...(target === undefined ? {} : { target: target.target }),
  };
  return { ...commonDraft(draft), details: { first } };
}

export function callerKey(tenant: string, instance: string): string {
  return `${tenant}\n${instance}`;
}

function callerOf(draft: RecordDraft): string {
  const actor = draft.actors.at(-1);
  return callerKey(draft.tenant, actor?.instance ?? actor?.name ?? '');
}
