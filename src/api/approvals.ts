import { z } from 'zod';
import type { ApprovalFilter } from '#contracts/grant-ledger.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalState } from '#kernel/grant.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { limitOf, parseBody, personOf, reason } from './input.ts';
import type { Route, RouteInput } from './route.ts';

const states: readonly ApprovalState[] = [
  'pending',
  'approved',
  'rejected',
  'expired',
  'withdrawn',
  'void',
  'spent',
];

const decision = z.strictObject({ verdict: z.enum(['approve', 'reject', 'withdraw']), reason });

export const approvalRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/approvals',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle(input) {
      const { parts, query } = input;
      const state = query.get('state');
      const agent = query.get('agent');
      const filter: ApprovalFilter = {
        tenant: parts.tenant,
        limit: limitOf(input, 50, 1_000),
        ...(state === null ? {} : { state: stateOf(state) }),
        ...(agent === null ? {} : { agent }),
      };
      return { approvals: (await parts.desk.list(filter)).map(view) };
    },
  },
  {
    method: 'GET',
    path: '/v1/approvals/:id',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, params }) {
      const approval = await parts.desk.show(parts.tenant, params['id'] ?? '');
      if (approval === undefined) throw new BailiwickError('approvals/unknown');
      return view(approval);
    },
  },
  {
    method: 'POST',
    path: '/v1/approvals/:id/decide',
    action: 'approval.approved',
    recordedBy: 'plane',
    role: 'approver',
    handle: (input) => decide(input),
  },
];

async function decide(input: RouteInput): Promise<JsonObject> {
  const { parts, params, body } = input;
  const { verdict, reason: because } = parseBody(decision, body);
  const approval = await parts.desk.decide({
    tenant: parts.tenant,
    id: params['id'] ?? '',
    verdict,
    by: personOf(input).name,
    reason: because,
  });
  return view(approval);
}

function stateOf(text: string): ApprovalState {
  const state = states.find((one) => one === text);
  if (state === undefined) {
    throw new BailiwickError('api/invalid', {
      details: { problems: [`state: one of ${states.join(', ')}`] },
    });
  }
  return state;
}

/**
 * What an approver sees: the effect first, the exact arguments that will be sent.
 * INVARIANT: never the handle, which is the agent's own.
 */
function view(approval: Approval): JsonObject {
  const { binding, context } = approval;
  return {
    id: approval.id,
    state: approval.state,
    agent: binding.agent,
    instance: binding.instance,
    tool: `${binding.server}/${binding.tool}`,
    toolDigest: binding.toolDigest,
    effect: context.effectClass,
    reversible: context.reversible,
    arguments: context.argumentsText,
    class: binding.approvalClass,
    rules: binding.rules,
    why: context.explanation,
    labels: context.labels,
    call: context.callId,
    callDigest: approval.callDigest,
    requestedAt: isoTime(approval.requestedAt),
    expiresAt: isoTime(approval.expiresAt),
    decidedBy: approval.decidedBy ?? null,
    decidedAt: approval.decidedAt === undefined ? null : isoTime(approval.decidedAt),
    reason: approval.reason ?? null,
    grantExpiresAt: approval.grantExpiresAt === undefined ? null : isoTime(approval.grantExpiresAt),
    use: approval.use ?? null,
  };
}
