import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type Counted, countedDraft } from './counted.ts';

/** Refusals of callers without an identity: counted per source and minute, never one by one. */
export interface UnknownCallers {
  count(draft: RecordDraft, now: number): void;
  due(now: number, everything: boolean): readonly RecordDraft[];
}

/** INVARIANT: its size does not depend on how many sources there are. */
export function createUnknownCallers(): UnknownCallers {
  const counts = new Map<string, Counted>();
  return {
    count(draft, now) {
      const code = draft.refusal?.code ?? '';
      const own = `${draft.tenant}\n${draft.source ?? ''}\n${code}`;
      // A flood from everywhere ends in one bucket for each tenant and code.
      const isOther = !counts.has(own) && counts.size >= limits.refusalSources;
      const key = isOther ? `${draft.tenant}\nother\n${code}` : own;
      const known = counts.get(key);
      if (known === undefined) {
        counts.set(key, { draft: isOther ? otherDraft(draft) : draft, since: now, count: 1 });
      } else {
        known.count += 1;
      }
    },
    due(now, everything) {
      const drafts: RecordDraft[] = [];
      for (const [key, one] of counts) {
        if (!everything && now - one.since < limits.refusalWindowMs) continue;
        counts.delete(key);
        const draft = countedDraft('gateway.refused-unknown', one);
        if (draft !== undefined) drafts.push(draft);
      }
      return drafts;
    },
  };
}

/** What is true of all of them: nothing that only the first one said. */
function otherDraft({ type, tenant, method, effect, refusal }: RecordDraft): RecordDraft {
  return {
    type,
    tenant,
    actors: [{ kind: 'agent', name: 'unknown@other' }],
    source: 'other',
    ...(method === undefined ? {} : { method }),
    ...(effect === undefined ? {} : { effect }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}
