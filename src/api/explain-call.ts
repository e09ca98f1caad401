import type { Configuration } from '#contracts/plane-part.ts';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { BailiwickError, isRefusal, type Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { splitToolText, type ToolClass, type ToolId, toolTarget } from '#kernel/tool.ts';
import { explainDecision, type PolicyView } from '#planes/policy/index.ts';
import {
  mayNotCall,
  noQuarantine,
  type ResolvedTool,
  threeQuestions,
  type ToolDesk,
  type ToolView,
} from '#planes/tools/index.ts';
import type { ControlParts } from './parts.ts';

type ExplainParts = Pick<ControlParts, 'configuration' | 'planes' | 'clock'> & {
  readonly desks: { readonly tools: Pick<ToolDesk, 'show'> };
};

interface Question {
  readonly agent: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly labels: readonly Label[];
}

interface Answer {
  readonly toolKnown: boolean;
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly effect: Decision['effect'];
  readonly rules: readonly string[];
  readonly errors: readonly string[];
  readonly approvalClass: string | null;
  readonly policyDigest: string;
  readonly questions: Decision['questions'];
  readonly lines: readonly string[];
}

/**
 * What would be decided now, with every rule that applies. For people; agents never see this.
 * INVARIANT: judged by what judges in the gateway, in its order: the tools plane first, then policy.
 */
export async function explainCall(
  parts: ExplainParts,
  tenant: string,
  asked: Question,
): Promise<Answer> {
  const configuration = parts.configuration();
  if (configuration === undefined) throw unknownAgent(asked.agent);
  const agent = agentOf(configuration, tenant, asked.agent);
  const id = splitToolText(asked.tool) ?? { server: '', tool: asked.tool };
  const known = await parts.desks.tools.show(tenant, id.server, id.tool);
  const { clock, planes } = parts;
  const views = { tools: configuration.of(planes.tools), policy: configuration.of(planes.policy) };
  const judged = judge({ clock, ...views }, { agent, tenant, id, asked });
  return { toolKnown: known !== undefined, ...judged };
}

/** Names come from callers: `constructor` must find nothing. */
function agentOf(configuration: Configuration, tenant: string, name: string): AgentEntry {
  const agents = configuration.snapshot.tenants[tenant]?.agents ?? {};
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (agent !== undefined) return agent;
  throw unknownAgent(name);
}

function unknownAgent(name: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `no agent is called \`${name}\`` });
}

interface Call {
  readonly agent: AgentEntry;
  readonly tenant: string;
  readonly id: ToolId;
  readonly asked: Question;
}

interface Judges extends Pick<ControlParts, 'clock'> {
  readonly tools: ToolView;
  readonly policy: PolicyView;
}

function judge(judges: Judges, call: Call): Omit<Answer, 'toolKnown'> {
  const { tools, policy } = judges;
  const principal = principalOf(call);
  const resolved = tools.resolve(principal, call.id, call.asked.arguments, noQuarantine);
  if (!isRefusal(resolved)) {
    const input = inputOf(judges, call, resolved);
    const questions = threeQuestions(resolved);
    const outside = resolved.outsideEnvelope;
    const decision =
      outside === undefined ? policy.decide(input, questions) : policy.refuse(input, questions);
    return answer(decision, input, outside);
  }
  const input = inputOf(judges, call, undefined);
  const unseen = policy.refuse(input, mayNotCall);
  if (!tools.sees(principal, call.id)) return answer(unseen, input, resolved);
  // Refused for its state or its arguments: no rule is asked, so none is named.
  const explanation = `refused before policy is asked: ${resolved.message}`;
  return answer({ ...unseen, rules: [], explanation }, input, resolved);
}

function answer(
  decision: Decision,
  input: DecisionInput,
  no: Refusal | undefined,
): Omit<Answer, 'toolKnown'> {
  const told = no === undefined ? [] : [`agent hears  ${no.code}: ${no.message}`];
  return {
    refusal: no === undefined ? null : { code: no.code, message: no.message },
    effect: decision.effect,
    rules: decision.rules,
    errors: decision.errors,
    approvalClass: decision.approvalClass ?? null,
    policyDigest: decision.policyDigest,
    questions: { ...decision.questions },
    lines: [...explainDecision(decision, input), ...told],
  };
}

/** The strongest caller: what it may not do, nobody may. */
function principalOf({ agent, tenant }: Call): Principal {
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

/** Of a tool that nobody may name, the worst is assumed. */
const worst: Pick<ToolClass, 'effect' | 'reversible' | 'sensitivity'> = {
  effect: 'write',
  reversible: false,
  sensitivity: 'internal',
};

function inputOf(
  { clock }: Judges,
  { agent, tenant, id, asked }: Call,
  resolved: ResolvedTool | undefined,
): DecisionInput {
  const { effect, reversible, sensitivity } = resolved?.toolClass ?? worst;
  return {
    tenant,
    agent: agent.name,
    instance: 'explained',
    user: undefined,
    binding: 'dpop',
    target: toolTarget(id),
    targetDigest: resolved?.pinned.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: asked.arguments,
    labels: asked.labels,
    environment: agent.environment,
    time: clock.now(),
  };
}
