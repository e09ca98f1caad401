import { contentOf } from '#kernel/call.ts';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { isOutOfReach, type PolicyGate, type ShadowBook } from '#planes/policy/index.ts';
import { type AskedRight, askUserRight, type UserRightsParts } from '../user-rights.ts';
import type { Stages } from '../path.ts';
import { softened } from '../phase.ts';
import { type Decided, Exit, type Inspected, type Step } from '../progress.ts';

export interface DecideParts extends UserRightsParts {
  readonly policy: PolicyGate;
  /** What policies in shadow would have said, compared behind the call's back. */
  readonly shadows: Pick<ShadowBook, 'note'>;
  readonly clock: Clock;
}

const nothing = emptyObject();

/**
 * May this principal do this, with these arguments and labels, now? Every call is its own decision. INVARIANT: a
 * decision point outside is asked last, about what everything else permits, and before a human is: it only narrows.
 */
export function decideStage(parts: DecideParts): Stages['decide'] {
  const decided = decidedBy(parts);
  return (walk) => {
    const step = decided(walk);
    // Whoever acts for nobody has the rights of its manifest alone.
    if (walk.principal.user === undefined) return step;
    return step instanceof Promise
      ? step.then((made) => narrowed(parts, walk, made))
      : narrowed(parts, walk, step);
  };
}

function narrowed(
  parts: DecideParts,
  walk: Inspected,
  step: Step<Added>,
): Step<Added> | Promise<Step<Added>> {
  if (step instanceof Exit || isRefusal(step)) return step;
  const asked = askUserRight(parts, walk, step.decision);
  return asked === undefined ? step : asked.then((right) => withRight(step, right));
}

function withRight(step: Added, { pdp, no }: AskedRight): Step<Added> {
  return no === undefined ? { ...step, pdp } : new Exit(no, { ...step, pdp });
}

function decidedBy({ policy, shadows, clock }: DecideParts): Stages['decide'] {
  return (walk) => {
    const { subject, configuration, labelsIn } = walk;
    // What the gateway asks by itself has its yes already, and no rule has a say.
    if (subject.decided !== undefined) return stepOf(walk, subject.decided);
    const view = configuration.of(policy);
    const questions = subject.questionsFor?.(labelsIn) ?? subject.questions;
    const input = decisionInput(walk, clock.now());
    const made = (decision: Decision): Step<Added> => {
      shadows.note(view, { input, questions, decision });
      return stepOf(walk, decision);
    };
    const decision = view.decide(input, questions);
    return decision instanceof Promise ? decision.then(made) : made(decision);
  };
}

type Added = Pick<Decided, 'decision' | 'wouldHave' | 'pdp'>;

function stepOf({ subject, wouldHave }: Inspected, decision: Decision): Step<Added> {
  const no = denial(decision);
  if (no === undefined) return { decision };
  // What the gates before it let go on is no second reason when policy only repeats it.
  if (wouldHave !== undefined && isOutOfReach(decision)) return { decision };
  const soft = softened(subject, wouldHave, no.code);
  return soft === undefined ? new Exit(no, { decision }) : { decision, wouldHave: soft };
}

/** INVARIANT: the agent learns that it may not, never which rule said so. */
function denial(decision: Decision): Refusal | undefined {
  if (decision.effect !== 'deny') return undefined;
  if (decision.tooLarge === true) return refusal('policy/too-large');
  if (decision.errors.length > 0) return refusal('policy/evaluation-error');
  return refusal(decision.rules.length === 0 ? 'policy/no-permit' : 'policy/denied');
}

function decisionInput(
  { principal, subject, call, labelsIn, flow }: Inspected,
  time: number,
): DecisionInput {
  const { effect, reversible, sensitivity } = subject.subjectClass;
  return {
    tenant: principal.tenant,
    agent: principal.agent,
    instance: principal.instance,
    user: principal.user?.subject,
    ...(principal.user === undefined ? {} : { person: principal.user }),
    ...(principal.hops.length === 0 ? {} : { via: principal.hops.map(({ agent }) => agent) }),
    binding: principal.binding,
    target: subject.target,
    targetDigest: subject.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: contentOf(call.action)?.arguments ?? nothing,
    labels: labelsIn,
    environment: subject.environment,
    ...(subject.autonomy === undefined ? {} : { autonomy: subject.autonomy }),
    time,
    ...(flow === undefined ? {} : { flow }),
  };
}
