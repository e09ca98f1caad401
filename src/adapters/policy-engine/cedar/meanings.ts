import type { AppliedRule, Evaluation } from '#contracts/policy-engine.ts';
import { CedarFault } from './fault.ts';
import { TooMuchToJudge, UnjudgeableValue } from './value.ts';

/** What each rule means when it is satisfied, by its id. */
export function meaningsOf(rules: readonly AppliedRule[]): ReadonlyMap<string, AppliedRule> {
  return new Map(
    rules.map(({ id, effect, approvalClass, untrusted }) => [
      id,
      { id, effect, approvalClass, untrusted },
    ]),
  );
}

/** INVARIANT: whatever goes wrong is an error of the evaluation, and an error denies. */
export function failedEvaluation(fault: unknown): Evaluation {
  const errors = [faultText(fault)];
  return { applied: [], errors, ...(fault instanceof TooMuchToJudge ? { tooLarge: true } : {}) };
}

/** Errors are recorded; what the agent sent stays out of them. */
export function withoutValues(message: string): string {
  return message.replace(/^error while evaluating policy `[^`]*`: /, '').replace(/`[^`]*`/g, '…');
}

function faultText(fault: unknown): string {
  if (fault instanceof UnjudgeableValue || fault instanceof CedarFault) return fault.message;
  return 'the engine failed';
}
