import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { ToolClass, ToolId } from '#kernel/tool.ts';
import { explainDecision } from '#planes/policy/index.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject } from './shapes.ts';

const labels = z.array(
  z.enum([
    'integrity:untrusted',
    'confidentiality:secret',
    'confidentiality:personal',
    'confidentiality:sensitive',
  ]),
);

const explanation = z.strictObject({
  effect: z.enum(['allow', 'approve', 'deny']),
  rules: z.array(z.string()).readonly(),
  errors: z.array(z.string()).readonly(),
  approvalClass: z.string().nullable(),
  policyDigest: z.string(),
  questions: z.strictObject({
    mayCallTool: z.boolean(),
    insideEnvelope: z.boolean(),
    crossesSensitivity: z.boolean(),
  }),
  lines: z.array(z.string()).readonly(),
});

const policyText = z.strictObject({
  name: z.string().min(1).max(64),
  cedar: z.string().max(262_144),
});

const problem = z.strictObject({
  policy: z.string(),
  message: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
});

export const policyRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/policies/check',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: z.strictObject({ policies: z.array(policyText).max(500) }),
    answer: z.strictObject({ problems: z.array(problem) }),
    // Judges text against the tools that are pinned now. Nothing is kept.
    async handle({ parts, tenant, body }) {
      const problems = parts.checkPolicies(tenant, body.policies);
      return {
        problems: problems.map(({ policy, message, line, column }) => ({
          policy,
          message,
          line: line ?? null,
          column: column ?? null,
        })),
      };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/policies',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({
      digest: z.string(),
      policies: z.array(z.strictObject({ name: z.string(), cedar: z.string() })),
    }),
    async handle({ parts, tenant }) {
      const policies = parts.snapshot()?.tenants[tenant]?.policies ?? [];
      return {
        digest: parts.policy.digest(tenant),
        policies: policies.map(({ name, cedar }) => ({ name, cedar })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/policies/explain',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: z.strictObject({
      agent: z.string().min(1).max(64),
      tool: z.string().regex(/^[a-z0-9-]+\/.+$/, 'SERVER/TOOL'),
      arguments: jsonObject.default({}),
      labels: labels.default([]),
    }),
    answer: explanation,
    handle: async ({ parts, tenant, body }) => explained(parts, tenant, body),
  }),
];

interface Question {
  readonly agent: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly labels: readonly Label[];
}

/** What would be decided now, with every rule that applies. For people; agents never see this. */
function explained(
  parts: ControlParts,
  tenant: string,
  asked: Question,
): z.input<typeof explanation> {
  const slash = asked.tool.indexOf('/');
  const id = { server: asked.tool.slice(0, slash), tool: asked.tool.slice(slash + 1) };
  const { input, mayCallTool } = inputFor(parts, tenant, id, asked);
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
  tenant: string,
  id: ToolId,
  asked: Question,
): { input: DecisionInput; mayCallTool: boolean } {
  const own = parts.snapshot()?.tenants[tenant];
  const agents = own?.agents ?? {};
  const agent = Object.hasOwn(agents, asked.agent) ? agents[asked.agent] : undefined;
  if (own === undefined || agent === undefined) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${asked.agent}\`` });
  }
  const pinned = own.pins[id.server]?.[id.tool];
  const listed = own.manifests[agent.manifest]?.tools.some(
    (one) => one.server === id.server && one.tool === id.tool,
  );
  const { effect, reversible, sensitivity } = classOf(own, id);
  const input: DecisionInput = {
    tenant,
    agent: agent.name,
    instance: 'explained',
    user: undefined,
    binding: 'dpop',
    server: id.server,
    tool: id.tool,
    toolDigest: pinned?.digest ?? '',
    effectClass: effect,
    reversible,
    sensitivity,
    arguments: asked.arguments,
    labels: asked.labels,
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
