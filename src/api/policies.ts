import { z } from 'zod';
import { softPhases } from '#kernel/tool.ts';
import { explainCall } from './explain-call.ts';
import { policyText, problem, toProblem } from './policy-shapes.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { beginReplay, replayAsked } from './replay-policies.ts';
import { replayed } from './replayed.ts';
import { personRoute, type Route } from './route.ts';
import { shadowReport, toldShadows } from './shadow-report.ts';
import { jsonObject } from './shapes.ts';
import { labels, targetShape, tried, tryAsked, tryCalls } from './try-calls.ts';

const explanation = z.strictObject({
  /** False for a name that nothing knows of: a typing error in the question itself. */
  targetKnown: z.boolean(),
  /** What the agent would be told without policy being asked. */
  refusal: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
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
  phase: z.enum([...softPhases, 'enforce']),
  lines: z.array(z.string()).readonly(),
});

export const policyRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/policies/check',
    summary: 'Check policies; nothing is kept',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: z.strictObject({ policies: z.array(policyText).max(500) }),
    answer: z.strictObject({ problems: z.array(problem), warnings: z.array(problem) }),
    // Judges text against the tools that are pinned now. Nothing is kept.
    async handle({ parts, person, tenant, body }) {
      const check = () => parts.checkPolicies(tenant, body.policies);
      const { problems, warnings } = await parts.checks.take(person, check);
      return { problems: problems.map(toProblem), warnings: warnings.map(toProblem) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/policies/try',
    summary: 'What these calls would be answered, now and as proposed; nothing is kept',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: tryAsked,
    answer: tried,
    handle: ({ parts, person, tenant, body }) =>
      parts.checks.take(person, () => tryCalls(parts, tenant, body)),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/policies/replay',
    showsOnce: true,
    summary: 'Decide recorded calls again by other policies; nothing is kept',
    action: 'log.revealed',
    recordedBy: 'plane',
    act: 'reveal',
    role: 'privacy',
    body: replayAsked,
    answer: replayed,
    handle: ({ parts, person, body, signal }) => beginReplay(parts, person, body, signal),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/policies/replays/:id',
    summary: 'What a replay of yours came to, or how far it is',
    action: 'api.read',
    recordedBy: 'route',
    role: 'privacy',
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    answer: replayed,
    handle: ({ parts, person, params, signal }) => parts.replays.next(person, params.id, signal),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/policies',
    summary: 'Policies in force',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject(namedPage('policies')),
    answer: z.strictObject({
      next,
      digest: z.string(),
      policies: z.array(
        z.strictObject({
          name: z.string(),
          cedar: z.string(),
          /** It decides nothing. */
          shadow: z.boolean(),
          replaces: z.string().nullable(),
        }),
      ),
    }),
    async handle({ parts, tenant, query }) {
      const all = parts.snapshot()?.tenants[tenant]?.policies ?? [];
      const { rows: policies, more } = pageByName(all, query, {
        list: 'policies',
        keyOf: (one) => [one.name],
        wordsOf: (one) => `${one.name} ${one.cedar}`,
      });
      return {
        ...more,
        digest: parts.configuration()?.of(parts.planes.policy).digest(tenant) ?? 'none',
        policies: policies.map(({ name, cedar, shadow = false, replaces = null }) => ({
          name,
          cedar,
          shadow,
          replaces,
        })),
      };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/policies/shadow',
    summary: 'What policies in shadow would have answered otherwise',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: shadowReport,
    handle: async ({ parts, tenant }) => toldShadows(parts, tenant),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/policies/explain',
    summary: 'What policy says of a call, and why',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: z.strictObject({
      agent: z.string().min(1).max(64),
      target: targetShape,
      arguments: jsonObject.optional(),
      labels: labels.default([]),
    }),
    answer: explanation,
    handle: ({ parts, tenant, body }) =>
      explainCall(parts, tenant, { ...body, arguments: body.arguments }),
  }),
];
