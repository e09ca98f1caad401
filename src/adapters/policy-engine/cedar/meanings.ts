import type { AppliedRule, Evaluation } from '#contracts/policy-engine.ts';
import type { Answer } from './compiled/index.ts';
import { CedarFault } from './fault.ts';
import { TooMuchToJudge, UnjudgeableValue } from './value.ts';

/** What each rule means when it is satisfied, by its id. */
export type Meanings = ReadonlyMap<string, AppliedRule>;

export function meaningsOf(rules: readonly AppliedRule[]): Meanings {
  return new Map(
    rules.map(({ id, effect, approvalClass, untrusted }) => [
      id,
      { id, effect, approvalClass, untrusted },
    ]),
  );
}

export function evaluationOf({ satisfied, errors }: Answer, meanings: Meanings): Evaluation {
  return {
    applied: sorted(satisfied).map((id) => meaningOf(id, meanings)),
    errors:
      errors.length === 0
        ? []
        : sorted(errors.map(({ id, message }) => `rule \`${id}\`: ${message}`)),
  };
}

/** Most answers name one rule. */
function sorted(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : texts.toSorted();
}

function meaningOf(id: string, meanings: Meanings): AppliedRule {
  const rule = meanings.get(id);
  // No rule of ours: nothing else that was said can be trusted.
  if (rule === undefined) throw new CedarFault('the engine named a rule that was not loaded');
  return rule;
}

/** INVARIANT: whatever goes wrong is an error of the evaluation, and an error denies. */
export function failedEvaluation(fault: unknown): Evaluation {
  const errors = [faultText(fault)];
  return { applied: [], errors, ...(fault instanceof TooMuchToJudge ? { tooLarge: true } : {}) };
}

function faultText(fault: unknown): string {
  if (fault instanceof UnjudgeableValue || fault instanceof CedarFault) return fault.message;
  return 'the engine failed';
}
