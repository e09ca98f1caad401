import type { PlanePart } from '#contracts/plane-part.ts';
import { manifestFor } from '#contracts/rights.ts';
import type { Asker, Judged, TargetJudge } from '#contracts/target-judge.ts';
import type { Decision, DecisionInput, FlowFacts, ThreeQuestions } from '#kernel/decision.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { UserLeg } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import type { SoftPhase, ToolClass } from '#kernel/tool.ts';
import type { Otherwise, PolicyView } from '#planes/policy/index.ts';
import { mayNotCall, outsideListed } from '#planes/tools/index.ts';
import { notStanding, withheld } from './withheld.ts';

/** One call that nobody makes, and by which configuration it is judged. */
export interface DryCall extends Asker {
  readonly agent: AgentEntry;
  readonly judge: TargetJudge;
  readonly target: Target;
  readonly args: JsonObject;
  readonly labels: readonly Label[];
  /** When it is, or was, asked. */
  readonly time: number;
  /** For whom, where no more is known of them than the name. */
  readonly user?: string | undefined;
  /** What rules are told of that user, where what they may has been judged already or is not asked. */
  readonly person?: UserLeg | undefined;
  readonly flow?: FlowFacts | undefined;
  /** Whether the agent may act at all, and so bound, is asked too; of what is on record it was. */
  readonly standing?: true;
  /** Set where somebody asks what would change the answer. */
  readonly otherwise?: Otherwise | undefined;
}

/** What would be said to it. `refusal`: what its caller would hear where policy is not asked. */
export interface DryAnswer {
  readonly ground:
    | 'hidden' // this agent is told that there is no such thing
    | 'unfit' // for its state, or for its arguments; no rule was asked
    | 'withheld' // it may not act at all, or nothing of this class of effect
    | 'outside' // of the bounds of its manifest
    | 'decided'; // by policy
  readonly decision: Decision;
  readonly input: DecisionInput;
  readonly refusal: Refusal | undefined;
  /** What is meant, where it is seen. */
  readonly about: Target | undefined;
  /** Set while what is decided of it is told and not enforced. */
  readonly phase: SoftPhase | undefined;
}

/**
 * INVARIANT: judged by what judges in the gateway, in its order: hidden, unfit, outside its bounds, and then
 * policy. Nothing is sent, spent, counted or written.
 */
export async function judgeCall(part: PlanePart<PolicyView>, asked: DryCall): Promise<DryAnswer> {
  const { judge, target, configuration } = asked;
  const policy = configuration.of(part);
  const about = judge.sees(asked, target);
  const unjudged = inputOf(asked, undefined);
  const usual = { input: unjudged, about, phase: undefined };
  const stands = asked.standing === true ? notStanding(asked) : undefined;
  if (stands !== undefined) {
    const decision = policy.refuse(unjudged, mayNotCall);
    return { ...usual, ground: 'withheld', decision, refusal: stands };
  }
  if (about === undefined) {
    const decision = policy.refuse(unjudged, mayNotCall);
    return { ...usual, ground: 'hidden', decision, refusal: refusal(judge.hidden) };
  }
  const args = judge.complete?.(asked, about, asked.args) ?? asked.args;
  const found = isRefusal(args) ? args : judge.judge(asked, about, args);
  if (isRefusal(found)) {
    const decision = policy.refuse(unjudged, mayNotCall);
    return { ...usual, ground: 'unfit', decision, refusal: found };
  }
  // Completed as in the gateway, so that rules are asked about what would be sent.
  const call = isRefusal(args) ? asked : { ...asked, args };
  return { about, ...(await decided(policy, call, found.judged)) };
}

async function decided(
  policy: PolicyView,
  call: DryCall,
  judged: Judged,
): Promise<Omit<DryAnswer, 'about'>> {
  const input = inputOf(call, judged);
  const questions = judged.questionsFor?.(call.labels) ?? judged.questions;
  const outside = judged.outsideEnvelope ?? outsideManifest(call, judged.target);
  const { phase } = judged;
  const isJudged = outside === undefined || phase !== undefined;
  const no = call.standing && isJudged ? withheld(call, judged.subjectClass.effect) : undefined;
  if (no !== undefined) {
    const decision = policy.refuse(input, questions);
    return { ground: 'withheld', decision, input, refusal: no, phase: undefined };
  }
  if (phase !== undefined) {
    const unlisted = questions.mayCallTool ? undefined : refusal(call.judge.hidden);
    const decision = await decide(policy, call, input, questions);
    return { ground: 'decided', decision, input, refusal: unlisted ?? outside, phase };
  }
  if (outside === undefined) {
    const decision = await decide(policy, call, input, questions);
    return { ground: 'decided', decision, input, refusal: undefined, phase };
  }
  // As in the gateway: what leaves its bounds is refused before its labels are looked at.
  const decision = policy.refuse(input, { ...judged.questions, insideEnvelope: false });
  return { ground: 'outside', decision, input, refusal: outside, phase };
}

async function decide(
  policy: PolicyView,
  { otherwise }: DryCall,
  input: DecisionInput,
  questions: ThreeQuestions,
): Promise<Decision> {
  if (otherwise === undefined) return policy.decide(input, questions);
  return (await policy.weigh(input)).decide(questions, otherwise);
}

function outsideManifest(
  { configuration, principal, args }: DryCall,
  target: Target,
): Refusal | undefined {
  const tenant = configuration.snapshot.tenants[principal.tenant];
  const manifest = tenant === undefined ? undefined : manifestFor(tenant, principal);
  return manifest === undefined ? undefined : outsideListed(manifest, target, args);
}

/** Of what nobody may name, the worst is assumed. */
const worst: Pick<ToolClass, 'effect' | 'reversible' | 'sensitivity'> = {
  effect: 'write',
  reversible: false,
  sensitivity: 'internal',
};

function inputOf(call: DryCall, found: Judged | undefined): DecisionInput {
  const { principal, agent, target, args, labels, time, flow } = call;
  const person = principal.user ?? call.person;
  const { effect, reversible, sensitivity } = found?.subjectClass ?? worst;
  return {
    tenant: principal.tenant,
    agent: agent.name,
    instance: principal.instance,
    user: call.user ?? principal.user?.subject,
    ...(person === undefined ? {} : { person }),
    ...(principal.hops.length === 0 ? {} : { via: principal.hops.map((hop) => hop.agent) }),
    binding: principal.binding,
    target: found?.target ?? target,
    targetDigest: found?.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: args,
    labels,
    environment: agent.environment,
    ...(agent.autonomy === undefined ? {} : { autonomy: agent.autonomy }),
    time,
    ...(flow === undefined ? {} : { flow }),
  };
}
