import type { Configuration, PlanePart } from '#contracts/plane-part.ts';
import { entitlementsOf } from '#contracts/rights.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { Binding, Principal, UserLeg } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import type { PolicyView } from '#planes/policy/index.ts';
import { type DryAnswer, type DryCall, judgeCall } from './judge-call.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** A call that nobody makes, in the words of whoever asks. */
export interface TriedCall {
  readonly tenant: string;
  readonly agent: string;
  readonly target: Target;
  /** Undefined: the least that there can be. */
  readonly arguments: JsonObject | undefined;
  readonly labels: readonly Label[];
  readonly user: UserLeg | undefined;
  /** Agents through whom it comes, the first one first. */
  readonly via: readonly string[];
  readonly binding: Binding;
  readonly time: number;
}

export interface TriedAnswer {
  /** As it was judged. */
  readonly call: DryCall;
  readonly verdict: Verdict;
  readonly answer: DryAnswer;
  /** Decision points outside that the gateway would ask too, and that a try never asks. */
  readonly unasked: readonly string[];
}

interface TryParts {
  readonly policy: PlanePart<PolicyView>;
  readonly judges: readonly TargetJudge[];
}

/**
 * What the gateway would say to it under this configuration. INVARIANT: the same judges in the same order; nothing is
 * sent, asked, spent, counted or written, whatever is answered.
 */
export async function tryCall(
  { policy, judges }: TryParts,
  configuration: Configuration,
  asked: TriedCall,
): Promise<TriedAnswer> {
  const { tenant, target, labels, time } = asked;
  const agent = agentIn(configuration, tenant, asked.agent);
  const judge = judges.find(({ kinds }) => kinds.includes(target.kind));
  if (judge === undefined || target.name === undefined) throw unserved(judges);
  const principal = principalOf(asked);
  const args = asked.arguments ?? judge.usual(target, { configuration, principal });
  const about = { configuration, principal, agent, judge, target, args, labels, time };
  const call: DryCall = { ...about, standing: true };
  const answer = await judgeCall(policy, call);
  const verdict = verdictOf(answer);
  const unasked = verdict.kind === 'refused' ? [] : outsideOf(configuration, principal);
  return { call, verdict, answer, unasked };
}

/** Names come from callers: `constructor` must find nothing. */
function agentIn(configuration: Configuration, tenant: string, name: string): AgentEntry {
  const agents = configuration.snapshot.tenants[tenant]?.agents ?? {};
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (agent !== undefined) return agent;
  throw new BailiwickError('api/not-found', { message: `no agent is called \`${name}\`` });
}

function unserved(judges: readonly TargetJudge[]): BailiwickError {
  const kinds = judges.flatMap((judge) => judge.kinds).map((kind) => `${kind}:OWNER/NAME`);
  return new BailiwickError('api/invalid', {
    message: 'this is no single thing that the gateway serves',
    suggestedAction: `write one of: ${kinds.join(', ')}`,
  });
}

function principalOf({ tenant, agent, user, via, binding }: TriedCall): Principal {
  return {
    kind: 'agent',
    tenant,
    agent,
    instance: 'tried',
    user,
    task: 'tried',
    session: 'tried',
    hops: via.map((name) => ({ agent: name, instance: 'tried' })),
    binding,
    keyThumbprint: undefined,
  };
}

function outsideOf({ snapshot }: Configuration, { tenant, user }: Principal): readonly string[] {
  const entry = snapshot.tenants[tenant];
  if (user === undefined || entry === undefined) return [];
  return entitlementsOf(entry, user).flatMap(({ name, pdp }) => (pdp === undefined ? [] : [name]));
}
