import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { anybodysDraft, commonDraft, type Counted, takeCount } from './counted.ts';
import { Distinct } from './distinct.ts';

/** Refusals of callers without an identity: counted per source and code, never one by one. */
export interface UnknownCallers {
  /** `about` is what else tells it apart; how many different ones there were is said. */
  count(draft: RecordDraft, now: number, about: string): void;
  due(now: number, everything: boolean): readonly RecordDraft[];
}

/** With more sources than this each is told by the minute, or they would fill the disk together. */
const fewSources = limits.refusalSources / 10;

/** INVARIANT: its size does not depend on how many sources there are. */
export function createUnknownCallers(): UnknownCallers {
  const counts = new Map<string, Counted>();
  return {
    count(draft, now, about) {
      const code = draft.refusal?.code ?? '';
      const own = `${draft.tenant}\n${draft.source ?? ''}\n${code}`;
      // A flood from everywhere ends in one bucket for each tenant and code.
      const isOther = !counts.has(own) && counts.size >= limits.refusalSources;
      const key = isOther ? `${draft.tenant}\nother\n${code}` : own;
      let known = counts.get(key);
      if (known === undefined) {
        const told = isOther ? anybodysDraft(draft) : draft;
        known = { draft: told, since: now, count: 0, distinct: new Distinct() };
        counts.set(key, known);
      }
      known.count += 1;
      known.distinct?.add(`${draft.method}\n${draft.named}\n${about}`);
    },
    due(now, everything) {
      const drafts: RecordDraft[] = [];
      const interval = counts.size > fewSources ? limits.refusalWindowMs : limits.refusalCountMs;
      for (const [key, one] of counts) {
        if (!everything && now - one.since < interval) continue;
        counts.delete(key);
        const draft = takeCount('gateway.refused-unknown', told(one), now);
        if (draft !== undefined) drafts.push(draft);
      }
      return drafts;
    },
  };
}

/** What the first one said is said only when all of them did. */
function told(one: Counted): Counted {
  return one.count === 1 || one.distinct?.atLeast === 1
    ? { ...one, distinct: undefined }
    : { ...one, draft: commonDraft(one.draft) };
}
