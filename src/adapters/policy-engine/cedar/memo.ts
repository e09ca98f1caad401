import type { Evaluation } from '#contracts/policy-engine.ts';
import type { Question } from './slots.ts';

export interface Memo {
  answer(question: Question, ask: () => Evaluation): Evaluation;
}

const entries = 4_096;
const keyLength = 2_048;

/**
 * The rules of one bundle are a pure function of the question, and most questions of an agent
 * repeat: tools that no rule names bring no arguments. INVARIANT: the key is the whole question,
 * but for the time when no rule reads it; a fault is never remembered.
 */
export function createMemo(options: { readonly rulesReadTime: boolean }): Memo {
  const known = new Map<string, Evaluation>();
  if (options.rulesReadTime) return { answer: (_question, ask) => ask() };
  return {
    answer(question, ask) {
      const key = JSON.stringify({ ...question, context: { ...question.context, time: 0 } });
      if (key.length > keyLength) return ask();
      const before = known.get(key);
      if (before !== undefined) return before;
      const evaluation = ask();
      if (known.size >= entries) known.clear();
      known.set(key, evaluation);
      return evaluation;
    },
  };
}
