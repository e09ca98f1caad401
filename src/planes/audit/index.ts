export type * from './door.ts';
export { parseRecord } from './parse-record.ts';
export { createPayloadSealer, type PayloadSealer } from './payload-sealer.ts';
export { type AskedAbout, questionsFor } from './questions.ts';
export { createAuditReader } from './reader.ts';
export { createRecorder } from './recorder.ts';
export { requiredParts, type Stream, streamOf } from './required.ts';
