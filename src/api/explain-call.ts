import type { TargetJudge } from '#contracts/target-judge.ts';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { BailiwickError, type Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { isWithinReach } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { type SoftPhase, toolIdText, toolOf } from '#kernel/tool.ts';
import { explainDecision } from '#planes/policy/index.ts';
import type { ToolDesk } from '#planes/tools/index.ts';
import { type DryAnswer, type DryCall, judgeCall } from '#dry-run/index.ts';
import type { ControlParts } from './parts.ts';
import { overrideOf } from './standing-override.ts';

type ExplainParts = Pick<ControlParts, 'configuration' | 'planes' | 'clock'> & {
  readonly desks: Pick<ControlParts['desks'], 'overrides'> & {
    readonly tools: Pick<ToolDesk, 'show'>;
  };
};

interface Question {
  readonly agent: string;
  readonly target: Target;
  /** Undefined: what a call of it carries at least. */
  readonly arguments: JsonObject | undefined;
  readonly labels: readonly Label[];
}

interface Answer {
  readonly targetKnown: boolean;
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly effect: Decision['effect'];
  readonly rules: readonly string[];
  readonly errors: readonly string[];
  readonly approvalClass: string | null;
  readonly policyDigest: string;
  readonly questions: Decision['questions'];
  /** What is decided of a tool that is not enforced yet is told, and its calls go on. */
  readonly phase: SoftPhase | 'enforce';
  readonly lines: readonly string[];
}

/**
 * What would be decided now, with every rule that applies. For people; agents never see this.
 * INVARIANT: judged by what judges in the gateway, in its order: the target's judge, then policy.
 */
export async function explainCall(
  parts: ExplainParts,
  tenant: string,
  asked: Question,
): Promise<Answer> {
  const configuration = parts.configuration();
  const agent = agentOf(configuration?.snapshot, tenant, asked.agent);
  if (configuration === undefined || agent === undefined) throw unknownAgent(asked.agent);
  const { target } = asked;
  const judge = parts.planes.judges.find(({ kinds }) => kinds.includes(target.kind));
  if (judge === undefined || target.name === undefined) throw unservedTarget(parts.planes.judges);
  const asker = { configuration, principal: principalOf(agent, tenant) };
  const targetKnown = judge.declares(asker, target) || (await isShown(parts, tenant, target));
  const args = asked.arguments ?? judge.usual(target, asker);
  const time = parts.clock.now();
  const call = { ...asker, agent, judge, target, args, labels: asked.labels, time };
  const found = await judgeCall(parts.planes.policy, call);
  const { lines, ...rest } = told(call, found);
  const override = overrideOf(parts, { tenant, agent: agent.name, time, configuration }, found);
  const more = override === null ? [] : [`overridden   ${override.sentence}`];
  return { targetKnown, ...rest, lines: [...lines, ...more] };
}

/** Tools have a catalogue beside the documents: what a server showed and nobody approved. */
async function isShown({ desks }: ExplainParts, tenant: string, target: Target): Promise<boolean> {
  const id = toolOf(target);
  return id !== undefined && (await desks.tools.show(tenant, id.server, id.tool)) !== undefined;
}

/** Names come from callers: `constructor` must find nothing. */
function agentOf(
  snapshot: Snapshot | undefined,
  tenant: string,
  name: string,
): AgentEntry | undefined {
  const agents = snapshot?.tenants[tenant]?.agents ?? {};
  return Object.hasOwn(agents, name) ? agents[name] : undefined;
}

function unknownAgent(name: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `no agent is called \`${name}\`` });
}

function unservedTarget(judges: readonly TargetJudge[]): BailiwickError {
  const kinds = judges.flatMap((judge) => judge.kinds).map((kind) => `${kind}:OWNER/NAME`);
  return new BailiwickError('api/invalid', {
    message: 'this is no single thing that the gateway serves',
    suggestedAction: `write one of: ${kinds.join(', ')}`,
  });
}

/** In words, for people: which gate answered, and what opens it. */
function told(asked: DryCall, found: DryAnswer): Omit<Answer, 'targetKnown'> {
  const { ground, decision, input, refusal, phase } = found;
  if (ground === 'hidden') {
    const hidden = answer(decision, input, refusal);
    return { ...hidden, lines: [...hidden.lines, ...hiddenByGroup(asked)] };
  }
  if (ground === 'unfit' && refusal !== undefined) {
    // Refused for its state or its arguments: no rule is asked, so none is named.
    const explanation = `refused before policy is asked: ${refusal.message}`;
    const unjudged = { ...decision, rules: [], explanation };
    // Whoever sees it has it in the manifest: it is told so, whatever shuts it at the moment.
    const listed = { ...unjudged, questions: { ...decision.questions, mayCallTool: true } };
    const { lines } = answer(listed, input, refusal);
    const open = found.about === undefined ? [] : wayOut(refusal, found.about);
    return { ...answer(unjudged, input, refusal), lines: [...lines, ...open] };
  }
  const judged = answer(decision, input, refusal);
  return phase === undefined ? judged : softAnswer(judged, decision, phase);
}

/** INVARIANT: as in the gateway: what could not be decided is refused in every phase. */
function softAnswer(
  would: Omit<Answer, 'targetKnown'>,
  { effect, errors }: Decision,
  phase: SoftPhase,
): Omit<Answer, 'targetKnown'> {
  const isStopped = effect !== 'allow';
  const goesOn =
    errors.length > 0
      ? 'what could not be decided is refused all the same'
      : `${isStopped ? 'it goes on all the same, and ' : ''}what would have been said is on record`;
  return { ...would, phase, lines: [...would.lines, `phase        ${phase}: ${goesOn}`] };
}

function answer(
  decision: Decision,
  input: DecisionInput,
  no: Refusal | undefined,
): Omit<Answer, 'targetKnown'> {
  const told = no === undefined ? [] : [`agent hears  ${no.code}: ${no.message}`];
  return {
    refusal: no === undefined ? null : { code: no.code, message: no.message },
    effect: decision.effect,
    rules: decision.rules,
    errors: decision.errors,
    approvalClass: decision.approvalClass ?? null,
    policyDigest: decision.policyDigest,
    questions: { ...decision.questions },
    phase: 'enforce',
    lines: [...explainDecision(decision, input), ...told],
  };
}

/** The manifest may list it: to an agent of no such group it is not there all the same. */
function hiddenByGroup({ configuration, principal, agent, target }: DryCall): readonly string[] {
  const servers = configuration.snapshot.tenants[principal.tenant]?.servers ?? {};
  const server = Object.hasOwn(servers, target.owner) ? servers[target.owner] : undefined;
  if (target.kind === 'model' || server === undefined || isWithinReach(agent, server)) return [];
  const { name, group = '' } = server;
  return [`to do        ${name} is of group ${group}: name it in the \`groups\` of the agent`];
}

/** What opens a tool that is shut until somebody has looked at it. */
function wayOut({ code }: Refusal, target: Target): readonly string[] {
  const id = toolOf(target);
  if (id === undefined) return [];
  const name = toolIdText(id);
  const look = `\`bailiwick tool diff ${name}\`, then \`bailiwick tool approve ${name}\``;
  if (code === 'tools/not-approved') return [`to do        it waits for approval: ${look}`];
  if (code === 'tools/quarantined') return [`to do        it has changed and is shut: ${look}`];
  return [];
}

/** The strongest caller: what it may not do, nobody may. */
function principalOf(agent: AgentEntry, tenant: string): Principal {
  return {
    kind: 'agent',
    tenant,
    agent: agent.name,
    instance: 'explained',
    user: undefined,
    task: 'explained',
    session: 'explained',
    hops: [],
    binding: 'dpop',
    keyThumbprint: undefined,
  };
}
