import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { anybodysDraft, commonDraft } from './counted.ts';

/** What was to be recorded and could not be: kept by count until it can, however long that takes. */
export interface Owed {
  add(drafts: readonly RecordDraft[]): void;
  take(): readonly RecordDraft[];
}

/** INVARIANT: its size does not depend on how long nothing can be recorded; no count is lost. */
export function createOwed(): Owed {
  const owed = new Map<string, RecordDraft>();
  const addOne = (draft: RecordDraft): void => {
    const own = keyOf(draft);
    const isOther = !owed.has(own) && owed.size >= limits.refusalSources;
    const key = isOther ? `${draft.tenant}\nother\n${draft.refusal?.code ?? ''}` : own;
    const known = owed.get(key);
    const told = isOther ? anybodysDraft(counted(draft)) : counted(draft);
    owed.set(key, known === undefined ? told : sum(known, told));
  };
  return {
    add(drafts) {
      for (const draft of drafts) addOne(draft);
    },
    take() {
      const drafts = [...owed.values()];
      owed.clear();
      return drafts;
    },
  };
}

function keyOf({ type, tenant, actors, source, refusal, named }: RecordDraft): string {
  const actor = actors.at(-1);
  return [tenant, type, actor?.instance ?? actor?.name, source, refusal?.code, named].join('\n');
}

/** A refusal that was to be told for itself becomes a count of one. */
function counted(draft: RecordDraft): RecordDraft {
  const isCounted = draft.refusal?.count !== undefined;
  const { refusal } = draft;
  if (isCounted || refusal === undefined) return draft;
  return { ...draft, type: 'gateway.refused-repeated', refusal: { ...refusal, count: 1 } };
}

function sum(known: RecordDraft, more: RecordDraft): RecordDraft {
  const { refusal } = known;
  if (refusal === undefined) return known;
  const count = (refusal.count ?? 0) + (more.refusal?.count ?? 0);
  return { ...commonDraft(known), refusal: { ...refusal, count } };
}
