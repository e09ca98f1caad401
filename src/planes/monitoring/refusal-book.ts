import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { RefusalBook } from './door.ts';

interface Counted {
  readonly draft: RecordDraft;
  readonly since: number;
  count: number;
}

interface Streak {
  readonly since: number;
  count: number;
}

/** One loop of one agent is one record and one count a minute, not a full disk. */
export function createRefusalBook(): RefusalBook {
  const unknown = new Map<string, Counted>();
  const repeated = new Map<string, Counted>();
  const streaks = new Map<string, Streak>();
  return {
    note(draft, identified, now) {
      if (!identified) {
        count(unknown, unknownKey(unknown, draft), draft, now);
        return undefined;
      }
      const who = instanceOf(draft);
      // A tripped breaker must not keep itself tripped.
      if (draft.refusal?.code !== 'standing/breaker') strike(streaks, who, now);
      const key = `${who}\n${draft.refusal?.code ?? ''}\n${draft.toolName ?? ''}`;
      const known = repeated.get(key);
      if (known !== undefined && now - known.since < limits.refusalWindowMs) {
        known.count += 1;
        return undefined;
      }
      repeated.delete(key);
      bound(repeated);
      repeated.set(key, { draft, since: now, count: 0 });
      return draft;
    },
    due(now, everything = false) {
      const ended = (one: Counted) => everything || now - one.since >= limits.refusalWindowMs;
      return [
        ...take(unknown, ended, 'gateway.refused-unknown'),
        ...take(repeated, ended, 'gateway.refused-repeated'),
      ];
    },
    breaker(tenant, instance, now) {
      const streak = streaks.get(`${tenant}\n${instance}`);
      if (streak === undefined || streak.count < limits.repeatedRefusals) return undefined;
      const left = streak.since + limits.refusalWindowMs - now;
      if (left <= 0) {
        streaks.delete(`${tenant}\n${instance}`);
        return undefined;
      }
      return refusal('standing/breaker', { retryAfter: Math.ceil(left / 1_000) });
    },
    relief: (tenant, instance) => void streaks.delete(`${tenant}\n${instance}`),
  };
}

function instanceOf(draft: RecordDraft): string {
  const actor = draft.actors.at(-1);
  return `${draft.tenant}\n${actor?.instance ?? actor?.name ?? ''}`;
}

/** Sources are bounded: a flood from everywhere ends in one bucket called `other`. */
function unknownKey(unknown: Map<string, Counted>, draft: RecordDraft): string {
  const key = `${draft.source ?? 'unknown'}\n${draft.refusal?.code ?? ''}`;
  return unknown.has(key) || unknown.size < limits.refusalSources ? key : 'other';
}

function count(book: Map<string, Counted>, key: string, draft: RecordDraft, now: number): void {
  const known = book.get(key);
  if (known === undefined) {
    const told = key === 'other' ? { ...draft, source: 'other' } : draft;
    book.set(key, { draft: told, since: now, count: 1 });
  } else {
    known.count += 1;
  }
}

function strike(streaks: Map<string, Streak>, who: string, now: number): void {
  const streak = streaks.get(who);
  if (streak !== undefined && now - streak.since < limits.refusalWindowMs) {
    streak.count += 1;
    return;
  }
  bound(streaks);
  streaks.set(who, { since: now, count: 1 });
}

function bound(book: Map<string, unknown>): void {
  if (book.size < limits.refusalSources) return;
  const oldest = book.keys().next();
  if (oldest.done !== true) book.delete(oldest.value);
}

function take(
  book: Map<string, Counted>,
  ended: (one: Counted) => boolean,
  type: 'gateway.refused-unknown' | 'gateway.refused-repeated',
): RecordDraft[] {
  const drafts: RecordDraft[] = [];
  for (const [key, one] of book) {
    if (!ended(one)) continue;
    book.delete(key);
    if (one.count === 0 || one.draft.refusal === undefined) continue;
    drafts.push({ ...one.draft, type, refusal: { ...one.draft.refusal, count: one.count } });
  }
  return drafts;
}
