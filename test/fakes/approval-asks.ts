import type { ApprovalBinding, ApprovalContext } from '#kernel/grant.ts';

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
