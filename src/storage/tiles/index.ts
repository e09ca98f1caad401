export { type CutLogs, cutLogs } from './cut-logs.ts';
export { logsToArchive } from './archived-logs.ts';
export { prunableLogs } from './prunable-logs.ts';
export { extendedNotes, retentionNotes } from './retention-notes.ts';
export { createLogLag, recordsIn } from './log-lag.ts';
export { catchUp } from './catch-up.ts';
export { type LogFs, nodeLogFs } from './files.ts';
export { type LogFiles, listLogFiles, listLogFilesAtStart, type LogPlace } from './log-files.ts';
export {
  type RunningIntegrator,
  type StartIntegratorOptions,
  startIntegrator,
} from './integrator.ts';
export {
  listLogs,
  type LocatedLog,
  type LogName,
  newestIdTime,
  type OpenLogReaderOptions,
  openLogReader,
  keptLogReaders,
  openLogReaders,
} from './log-reader.ts';
export { type OpenLogWriterOptions, openLogWriter } from './log-writer.ts';
export type { SignerKeys } from './signer.ts';
export { admitLogs, isNameOf, type Succession } from './succession.ts';
export { defaultOriginPrefix, logOrigin } from './origin.ts';
