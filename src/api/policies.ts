import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { ToolClass, ToolId } from '#kernel/tool.ts';
import { explainDecision } from '#planes/policy/index.ts';
import { parseBody } from './input.ts';
import type { ControlParts } from './parts.ts';
import type { Route } from './route.ts';

const labels = z.array(
  z.enum([
    'integrity:untrusted',
    'confidentiality:secret',
    'confidentiality:personal',
    'confidentiality:sensitive',
  ]),
);
const explain = z.strictObject({
  agent: z.string(),
  tool: z.string().regex(/^[a-z0-9-]+\/.+$/, 'SERVER/TOOL'),
  arguments: z.record(z.string(), z.unknown()).default({}),
  labels: labels.default([]),
});

export const policyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/policies',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts }) {
      const policies = parts.snapshot()?.tenants[parts.tenant]?.policies ?? [];
      return {
        digest: parts.policy.digest(parts.tenant),
        policies: policies.map(({ name, cedar }) => ({ name, cedar })),
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/policies/explain',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, body }) {
      const asked = parseBody(explain, body);
      return explained(parts, asked.agent, asked.tool, {
        arguments: asked.arguments as JsonObject,
        labels: asked.labels,
      });
    },
  },
];

/** What would be decided now, with every rule that applies. For people; agents never see this. */
function explained(
  parts: ControlParts,
  agentName: string,
  tool: string,
  given: { arguments: JsonObject; labels: Label[] },
): JsonObject {
  const slash = tool.indexOf('/');
  const id = { server: tool.slice(0, slash), tool: tool.slice(slash + 1) };
  const { input, mayCallTool } = inputFor(parts, agentName, id, given);
  const decision = parts.policy.decide(input, {
    mayCallTool,
    insideEnvelope: true,
    crossesSensitivity: false,
  });
  return {
    effect: decision.effect,
    rules: decision.rules,
    errors: decision.errors,
    approvalClass: decision.approvalClass ?? null,
    policyDigest: decision.policyDigest,
    questions: { ...decision.questions },
    lines: explainDecision(decision, input),
  };
}

function inputFor(
  parts: ControlParts,
  agentName: string,
  id: ToolId,
  given: { arguments: JsonObject; labels: Label[] },
): { input: DecisionInput; mayCallTool: boolean } {
  const tenant = parts.snapshot()?.tenants[parts.tenant];
  const agent = tenant?.agents[agentName];
  if (tenant === undefined || agent === undefined) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${agentName}\`` });
  }
  const pinned = tenant.pins[id.server]?.[id.tool];
  const listed = tenant.manifests[agent.manifest]?.tools.some(
    (one) => one.server === id.server && one.tool === id.tool,
  );
  const { effect, reversible, sensitivity } = classOf(tenant, id);
  const input: DecisionInput = {
    tenant: parts.tenant,
    agent: agentName,
    instance: 'explained',
    user: undefined,
    binding: 'dpop',
    server: id.server,
    tool: id.tool,
    toolDigest: pinned?.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: given.arguments,
    labels: given.labels,
    environment: agent.environment,
    time: parts.clock.now(),
  };
  return { input, mayCallTool: listed === true && pinned !== undefined };
}

/** A server that is not there has the worst tools. */
function classOf(tenant: TenantSnapshot, { server, tool }: ToolId): ToolClass {
  const entry = tenant.servers[server];
  return (
    entry?.tools[tool] ??
    entry?.defaultClass ?? {
      effect: 'write',
      reversible: false,
      resultLabels: [],
      openArguments: false,
      sensitivity: 'internal',
    }
  );
}
