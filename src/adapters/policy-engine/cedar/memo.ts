import type { Evaluation } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import type { Question } from './slots.ts';

export interface Memo {
  answer(question: Question, ask: () => Evaluation): Evaluation;
}

/**
 * The rules of one bundle are a pure function of the question, and most questions of an agent
 * repeat: tools that no rule names bring no arguments. INVARIANT: the key is the whole question,
 * but for the time when no rule reads it; a fault is never remembered, nor a question so long that
 * few could be kept.
 */
export function createMemo(options: { readonly rulesReadTime: boolean }): Memo {
  const known = new Map<string, Evaluation>();
  if (options.rulesReadTime) return { answer: (_question, ask) => ask() };
  return {
    answer(question, ask) {
      // What the question holds is bounded before it gets here, so writing it out is cheap.
      const key = JSON.stringify({ ...question, context: { ...question.context, time: 0 } });
      if (isLong(key)) return ask();
      const before = known.get(key);
      if (before !== undefined) return before;
      const evaluation = ask();
      if (known.size >= limits.policyMemoEntries) known.clear();
      known.set(key, evaluation);
      return evaluation;
    },
  };
}

/** Three bytes at most for each unit of text: only near the bound they have to be counted. */
function isLong(key: string): boolean {
  const most = limits.policyMemoKeyBytes;
  return key.length * 3 > most && Buffer.byteLength(key) > most;
}
