export { delegationEnded, endWithTask } from './delegation-ended.ts';
export { afterToolPinned } from './after-tool-pinned.ts';
export { consentChanged } from './consent-changed.ts';
export { fenceGateways, type GatewayFences } from './fence-gateways.ts';
export { forgetServer } from './forget-server.ts';
export { judgeTools } from './judge-tools.ts';
export type { JudgeParts } from './tools-look.ts';
export { lookAtOwners } from './look-at-owners.ts';
export { endWhatStoodOnUser } from './user-gone.ts';
export { publishRoster } from './publish-roster.ts';
export type { Reaction } from './reaction.ts';
export { recompileAfter } from './recompile.ts';
export {
  createOwedRecorder,
  type OwedRecorder,
  recordOwed,
  writtenRecords,
} from './record-owed.ts';
export { endWithSession } from './session-ended.ts';
export { sayWaiting } from './say-waiting.ts';
export { toldRecords } from './told-records.ts';
export { userSaid } from './user-said.ts';
export { createWiring, type Wiring } from './wiring.ts';
export { createRounds } from './rounds.ts';
export { voidRestored } from './void-restored.ts';
export { withTypedWords } from './typed-words.ts';
