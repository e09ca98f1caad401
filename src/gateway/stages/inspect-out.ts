import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { mayBeTold, type MayGoOnParts } from '../may-go-on.ts';
import type { Stages } from '../path.ts';
import { withWarning } from '../phase.ts';
import type { AnsweredWhole, Fitted, Step } from '../progress.ts';
import { raiseResultLabels, type RaiseParts } from '../result-labels.ts';
import type { ResultSignals } from '../result-signals.ts';

export interface SignalParts {
  readonly signals: ResultSignals;
}

export type InspectOutParts = RaiseParts & SignalParts & Pick<MayGoOnParts, 'state' | 'clock'>;

/** Does the result fit, and what does it carry? Credentials and secrets were left at the intake. */
export function inspectOutStage(parts: InspectOutParts): Stages['inspect-out'] {
  return (walk) => {
    const stopped = mayBeTold(parts, walk);
    if (stopped !== undefined) return stopped;
    walk.attempt.redactions += walk.answer.redactions;
    // What is wrong with a result is told in words of that result: labels come before the check.
    const raised = raiseResultLabels(parts, walk, walk.answer.result);
    if (!(raised instanceof Promise)) return raised ?? fitted(parts, walk);
    return raised.then((no) => no ?? fitted(parts, walk));
  };
}

function fitted(
  { signals }: SignalParts,
  walk: AnsweredWhole,
): Step<Pick<Fitted, 'result' | 'resultBytes'>> {
  const step = fit(walk);
  signals.note(walk, walk.answer.result);
  return step;
}

function fit(walk: AnsweredWhole): Step<Pick<Fitted, 'result' | 'resultBytes'>> {
  const { subject, answer, wouldHave } = walk;
  // What a server asks has no schema of its tool to fit.
  if (answer.asks !== undefined) {
    return { result: answer.result, resultBytes: canonicalBytes(answer.result) };
  }
  const result = withWarning(answer.result, wouldHave);
  const fitted = subject.fit(result, walk);
  if (isRefusal(fitted)) return fitted;
  return Buffer.isBuffer(fitted) ? { result, resultBytes: fitted } : fitted;
}
