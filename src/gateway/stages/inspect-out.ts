import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { mayBeTold, type MayGoOnParts } from '../may-go-on.ts';
import type { Stages } from '../path.ts';
import { withWarning } from '../phase.ts';
import type { AnsweredWhole, Fitted, Step } from '../progress.ts';
import { raiseResultLabels, type RaiseParts } from '../result-labels.ts';
import { cleanResult, type CleanResult, noteLeftOut } from '../told-as.ts';
import type { OutflowKeeper } from '../outflow.ts';
import type { SignalParts } from '../result-signals.ts';

export type InspectOutParts = RaiseParts &
  SignalParts &
  Pick<MayGoOnParts, 'state' | 'clock'> & { readonly outflow: Pick<OutflowKeeper, 'told'> };

/** Does the result fit, and what does it carry? Credentials and secrets were left at the intake. */
export function inspectOutStage(parts: InspectOutParts): Stages['inspect-out'] {
  return (walk) => {
    const stopped = mayBeTold(parts, walk);
    if (stopped !== undefined) return stopped;
    walk.attempt.redactions += walk.answer.redactions;
    // INVARIANT: what is left out is left out before its values are known: they are those that are told.
    const clean = cleanResult(walk);
    // What is wrong with a result is told in words of that result: labels come before the check.
    const raised = raiseResultLabels(parts, walk, clean.value);
    if (!(raised instanceof Promise)) return raised ?? weighed(parts, walk, clean);
    return raised.then((no) => no ?? weighed(parts, walk, clean));
  };
}

type Told = Step<Pick<Fitted, 'result' | 'resultBytes'>>;

/** INVARIANT: a result that is more than was judged is withheld before a page of it is kept. */
function weighed(
  parts: InspectOutParts,
  walk: AnsweredWhole,
  clean: CleanResult,
): Told | Promise<Told> {
  const weighing =
    walk.answer.asks === undefined ? parts.outflow.told(walk, clean.value) : undefined;
  if (weighing === undefined) return fitted(parts, walk, clean);
  return weighing.then((no) => no ?? fitted(parts, walk, clean));
}

/** INVARIANT: signals are of what came, not of what is left of it. */
function fitted({ signals }: SignalParts, walk: AnsweredWhole, clean: CleanResult): Told {
  const step = fit(walk, clean.value);
  signals.note(walk, walk.answer.result);
  noteLeftOut(walk.attempt, clean);
  return step;
}

function fit(walk: AnsweredWhole, clean: JsonObject): Told {
  const { subject, answer, wouldHave } = walk;
  // What a server asks has no schema of its tool to fit.
  if (answer.asks !== undefined) return { result: clean, resultBytes: canonicalBytes(clean) };
  const result = withWarning(clean, wouldHave);
  const fitted = subject.fit(result, walk);
  if (isRefusal(fitted)) return fitted;
  return Buffer.isBuffer(fitted) ? { result, resultBytes: fitted } : fitted;
}
