export type * from './door.ts';
export { createOverrideDesk, type OverrideDesk } from './override-desk.ts';
export { overrideFor } from './override-judge.ts';
export { activityOf } from './activity.ts';
export { type ApprovalDeskParts, createApprovalDesk } from './desk.ts';
export { type ApprovalGateParts, createApprovalGate } from './gate.ts';
export { approvalRuleKind } from './approval-rule-kind.ts';
export { judgeYeses } from './judged-ledger.ts';
export {
  type AskedOfYes,
  createYesJudge,
  isRuled,
  type WhyNot,
  whyNotTheirs,
  type YesJudge,
  type YesJudgeParts,
} from './yes-judge.ts';
export { mayUserDecide } from './by-user.ts';
export { sealedContext, type SealKeys, shownDigestOf } from './seal.ts';
