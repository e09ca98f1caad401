import { sha256Hex } from '#kernel/digest.ts';
import type { ApprovalBinding, ApprovalContext } from '#kernel/grant.ts';
import { ManualClock } from '#kernel/time.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import {
  createYesJudge,
  sealedContext,
  type SealKeys,
  type YesJudge,
} from '#planes/approvals/index.ts';

/** What gateways of tests seal with, and desks of tests know again. */
export const sealKeys: SealKeys = { mac: (...of) => sha256Hex(of.join('\n')) };

/** As a gateway puts it into the ledger. */
export function askedContext(
  binding: ApprovalBinding,
  callId: string,
  over: Partial<ApprovalContext> = {},
): ApprovalContext {
  return sealedContext(sealKeys, binding, { ...approvalContext(callId), ...over });
}

/** One gated call, as the pipeline would ask about it. */
export function approvalBinding(over: Partial<ApprovalBinding> = {}): ApprovalBinding {
  return {
    tenant: 'main',
    agent: 'refund-bot',
    instance: 'refund-bot-1',
    user: undefined,
    session: 'session-1',
    target: 'tool:billing/create_refund',
    targetDigest: 'a'.repeat(64),
    argumentsDigest: 'b'.repeat(64),
    rules: ['builtin/write'],
    approvalClass: 'write',
    ...over,
  };
}

export function approvalContext(callId: string): ApprovalContext {
  return {
    policyDigest: 'c'.repeat(64),
    labels: [],
    effectClass: 'write',
    reversible: false,
    explanation: '`refund-bot` wants to call `billing/create_refund`',
    argumentsText: '{"amount":100}',
    callId,
  };
}

/** A judge where no document asks for anything, and everybody is an approver who stays. */
export const anyApprover: YesJudge = createYesJudge({
  keys: sealKeys,
  snapshot: () => ({ tenants: {} }) as unknown as Snapshot,
  clock: new ManualClock(),
  people: {
    byName: async (tenant, name) => ({ tenant, name, roles: ['approver'], createdAt: 0 }),
    elevations: async () => [],
    list: async () => [],
  },
  directory: { isConnected: async () => false, presence: async () => new Map() },
  tasks: { get: async () => undefined },
  delegations: { ofTask: async () => undefined },
});
