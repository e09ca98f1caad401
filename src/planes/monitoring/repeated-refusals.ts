import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type Counted, countedDraft } from './counted.ts';

/** Refusals of one known caller: the first of each kind is told at once, the rest is counted. */
export interface RepeatedRefusals {
  /** True: the first of its kind in this window, to be recorded now. */
  note(draft: RecordDraft, now: number): boolean;
  due(now: number, everything: boolean): readonly RecordDraft[];
  /** Milliseconds that the breaker of this caller stays open; 0 when it is closed. */
  brokenFor(caller: string, now: number): number;
  relieve(caller: string): void;
}

interface Told extends Counted {
  /** Repetitions since the last call that went through. */
  streak: number;
}

interface Window {
  readonly since: number;
  readonly told: Map<string, Told>;
  tools: number;
  broken: boolean;
}

/** INVARIANT: per caller and window a bounded number of records, whatever the caller sends. */
export function createRepeatedRefusals(): RepeatedRefusals {
  const windows = new Map<string, Window>();
  const ended: RecordDraft[] = [];
  const isOver = (window: Window, now: number) => now - window.since >= limits.refusalWindowMs;
  const close = (caller: string, window: Window): void => {
    windows.delete(caller);
    for (const one of window.told.values()) {
      const draft = countedDraft('gateway.refused-repeated', one);
      if (draft !== undefined) ended.push(draft);
    }
  };
  const windowOf = (caller: string, now: number): Window => {
    const known = windows.get(caller);
    if (known !== undefined && !isOver(known, now)) return known;
    if (known !== undefined) close(caller, known);
    else if (windows.size >= limits.refusalSources) closeOldest(windows, close);
    const window: Window = { since: now, told: new Map(), tools: 0, broken: false };
    windows.set(caller, window);
    return window;
  };
  return {
    note(draft, now) {
      const window = windowOf(callerOf(draft), now);
      const key = kindOf(window, draft);
      const known = window.told.get(key);
      if (known === undefined) {
        window.told.set(key, { draft, since: now, count: 0, streak: 0 });
        return true;
      }
      known.count += 1;
      if (isFault(draft)) known.streak += 1;
      window.broken ||= known.streak >= limits.repeatedRefusals;
      return false;
    },
    due(now, everything) {
      for (const [caller, window] of windows) {
        if (everything || isOver(window, now)) close(caller, window);
      }
      return ended.splice(0);
    },
    brokenFor(caller, now) {
      const window = windows.get(caller);
      if (window?.broken !== true) return 0;
      return Math.max(0, window.since + limits.refusalWindowMs - now);
    },
    relieve(caller) {
      const window = windows.get(caller);
      if (window === undefined) return;
      for (const one of window.told.values()) one.streak = 0;
    },
  };
}

function closeOldest(
  windows: ReadonlyMap<string, Window>,
  close: (caller: string, window: Window) => void,
): void {
  const oldest = windows.entries().next();
  if (oldest.done !== true) close(...oldest.value);
}

export function callerKey(tenant: string, instance: string): string {
  return `${tenant}\n${instance}`;
}

function callerOf(draft: RecordDraft): string {
  const actor = draft.actors.at(-1);
  return callerKey(draft.tenant, actor?.instance ?? actor?.name ?? '');
}

/** By code and tool; who tries very many tools is counted by code alone. */
function kindOf(window: Window, draft: RecordDraft): string {
  const code = draft.refusal?.code ?? '';
  const tool = draft.toolName ?? '';
  const key = `${code}\n${tool}`;
  if (tool === '' || window.told.has(key)) return key;
  if (isAboutCaller(code) || window.tools >= limits.repeatedRefusals) return code;
  window.tools += 1;
  return key;
}

/** The same answer whatever the tool: stopped, suspended, too fast, broken. */
function isAboutCaller(code: string): boolean {
  return /^(?:stop|standing|admit|gateway)\//.test(code);
}

/** INVARIANT: waiting is no offence; only what a retry cannot heal trips the breaker. */
function isFault(draft: RecordDraft): boolean {
  const code = draft.refusal?.code ?? '';
  if (code.startsWith('stop/') || code.startsWith('standing/')) return false;
  const status = Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].status : 400;
  return status !== 429 && status !== 503;
}
