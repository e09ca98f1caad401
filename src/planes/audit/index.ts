export type * from './door.ts';
export { markIntents, type MarkingRecorder } from './intent-marks.ts';
export { parseRecord } from './parse-record.ts';
export { createPayloadSealer, type PayloadSealer } from './payload-sealer.ts';
export { type AskedAbout, questionsFor } from './questions.ts';
export { createAuditReader, type ReadableLog } from './reader.ts';
export { findOpenIntents, type OpenIntents } from './reader-intents.ts';
export { createRecorder } from './recorder.ts';
export { requiredParts, type Stream, streamOf } from './required.ts';
