export type * from './door.ts';
export {
  type AnnotationDesk,
  createAnnotationDesk,
  type RecentAnnotation,
} from './annotation-desk.ts';
export { type GapMemory, recordGaps } from './gap-recorder.ts';
export { guardSpace } from './space-guard.ts';
export { markIntents, type MarkingRecorder } from './intent-marks.ts';
export {
  createLogDirectory,
  type LogDirectory,
  type LogState,
  type MissingLog,
} from './log-directory.ts';
export { createMissingDesk, type MissingDesk } from './missing-desk.ts';
export { type ClockJump, watchClock } from './clock-watch.ts';
export { directoryClass, directoryStates, logStates, notedLogs } from './noted-logs.ts';
export { sealHeldArguments } from './held-arguments.ts';
export { sealTaskWords } from './task-words.ts';
export { keepText } from './kept-text.ts';
export type { LentKeys } from './lent-keys.ts';
export { liftDraft } from './lift-record.ts';
export { outcomePartDraft } from './outcome-part.ts';
export { parseRecord } from './parse-record.ts';
export { provedArguments } from './salted-body.ts';
export { createPayloadSealer, type PayloadSealer } from './payload-sealer.ts';
export { type AskedAbout, questionsFor } from './questions.ts';
export { createAuditReader, isBackground, type ReadableLog, refused } from './reader.ts';
export { findOpenIntents, type OpenIntent, type OpenIntents } from './reader-intents.ts';
export { createRecorder, type RecorderParts } from './recorder.ts';
export { requiredParts, type Stream, streamOf } from './required.ts';
export { createEffectDesk } from './effect-desk.ts';
export type { EffectDesk, OpenEffect } from './effect-desk.ts';
export {
  type AnchorHealth,
  type Anchoring,
  createAnchoring,
  type LogToAnchor,
} from './anchoring.ts';
export { type AnchorPolicy, noAnchors, parseAnchorPolicy } from './anchor-policy.ts';
export { askBeforeStart } from './ask-before-start.ts';
export { type ArchiveHealth, type Archiving, createArchiving, noArchive } from './archiving.ts';
export type { LogToArchive } from './archived-log.ts';
export { copyArchive } from './copied-archive.ts';
export { createLogEvidence } from './privacy/evidence.ts';
export { createPrivacyDesk } from './privacy/desk.ts';
export type { Certificate, Evidence, PrivacyDesk } from './privacy/door.ts';
export { replayTombstones } from './privacy/replay.ts';
export { openTyped } from './typed-words.ts';
export { createRetaining, type Retaining, type RetentionShown } from './retaining.ts';
export { retentionKind } from './retention-kind.ts';
export { createWitnessing } from './witnessing.ts';
export type { WitnessHealth, Witnessing } from './witnessing.ts';
export type { WitnessedLog } from './witnessed-log.ts';
export {
  noWitnesses,
  parseWitnessPolicy,
  witnessKeys,
  type WitnessPolicy,
} from './witness-policy.ts';
