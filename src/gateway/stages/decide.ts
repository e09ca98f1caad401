import { contentOf } from '#kernel/call.ts';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import type { PolicyGate } from '#planes/policy/index.ts';
import type { Stages } from '../path.ts';
import { Exit, type Inspected, type Step } from '../progress.ts';

export interface DecideParts {
  readonly policy: PolicyGate;
  readonly clock: Clock;
}

const nothing = emptyObject();

/** May this principal do this, with these arguments and labels, now? Every call is its own decision. */
export function decideStage({ policy, clock }: DecideParts): Stages['decide'] {
  return (walk) => {
    const { subject, configuration, labelsIn } = walk;
    const questions = subject.questionsFor?.(labelsIn) ?? subject.questions;
    const decision =
      subject.decided ??
      configuration.of(policy).decide(decisionInput(walk, clock.now()), questions);
    return decision instanceof Promise ? decision.then(stepOf) : stepOf(decision);
  };
}

function stepOf(decision: Decision): Step<{ readonly decision: Decision }> {
  const no = denial(decision);
  return no === undefined ? { decision } : new Exit(no, { decision });
}

/** INVARIANT: the agent learns that it may not, never which rule said so. */
function denial(decision: Decision): Refusal | undefined {
  if (decision.effect !== 'deny') return undefined;
  if (decision.tooLarge === true) return refusal('policy/too-large');
  if (decision.errors.length > 0) return refusal('policy/evaluation-error');
  return refusal(decision.rules.length === 0 ? 'policy/no-permit' : 'policy/denied');
}

function decisionInput(
  { principal, subject, call, labelsIn }: Inspected,
  time: number,
): DecisionInput {
  const { effect, reversible, sensitivity } = subject.subjectClass;
  return {
    tenant: principal.tenant,
    agent: principal.agent,
    instance: principal.instance,
    user: principal.user?.subject,
    binding: principal.binding,
    target: subject.target,
    targetDigest: subject.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: contentOf(call.action)?.arguments ?? nothing,
    labels: labelsIn,
    environment: subject.environment,
    time,
  };
}
