export type * from './door.ts';
export { type ApprovalDeskParts, createApprovalDesk } from './desk.ts';
export { type ApprovalGateParts, createApprovalGate } from './gate.ts';
export { mayUserDecide } from './by-user.ts';
export { sealedContext, type SealKeys, shownDigestOf } from './seal.ts';
