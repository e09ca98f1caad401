export type * from './door.ts';
export { type ApprovalDeskParts, type DeskRecorder, createApprovalDesk } from './desk.ts';
export { type ApprovalGateParts, createApprovalGate } from './gate.ts';
