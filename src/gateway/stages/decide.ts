import { contentOf } from '#kernel/call.ts';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { toolTarget } from '#kernel/tool.ts';
import { threeQuestions } from '#planes/tools/index.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, Walk } from '../walk.ts';

/** May this principal do this, with these arguments and labels, now? Every call is its own decision. */
export function decideStage({ policy, refresh, clock }: StageParts): Stage {
  return (walk) => {
    if (walk.call.action.kind === 'refresh') {
      walk.decision = refresh.decide(walk);
      return denial(walk.decision);
    }
    const input = decisionInput(walk, clock.now());
    const { tool, configuration } = walk;
    if (input === undefined || tool === undefined || configuration === undefined) {
      return refusal('policy/evaluation-error');
    }
    walk.decision = configuration.of(policy).decide(input, threeQuestions(tool));
    return denial(walk.decision);
  };
}

/** INVARIANT: the agent learns that it may not, never which rule said so. */
function denial(decision: Decision): Refusal | undefined {
  if (decision.effect !== 'deny') return undefined;
  if (decision.tooLarge === true) return refusal('policy/too-large');
  if (decision.errors.length > 0) return refusal('policy/evaluation-error');
  return refusal(decision.rules.length === 0 ? 'policy/no-permit' : 'policy/denied');
}

function decisionInput(walk: Walk, time: number): DecisionInput | undefined {
  const { principal, tool, call } = walk;
  const content = contentOf(call.action);
  if (principal === undefined || tool === undefined || content === undefined) return undefined;
  return {
    tenant: principal.tenant,
    agent: principal.agent,
    instance: principal.instance,
    user: principal.user?.subject,
    binding: principal.binding,
    target: toolTarget(tool.id),
    targetDigest: tool.pinned.digest,
    effectClass: tool.toolClass.effect,
    reversible: tool.toolClass.reversible,
    sensitivity: tool.toolClass.sensitivity,
    arguments: content.arguments,
    labels: walk.labelsIn,
    environment: tool.agent.environment,
    time,
  };
}
