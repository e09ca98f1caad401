export { openJournal, type OpenJournalOptions } from './writer.ts';
export {
  type FileJournalReader,
  openJournalReader,
  type OpenReaderOptions,
  startOfSegment,
} from './reader.ts';
export { type JournalFs, nodeJournalFs, type Span, type WriteDone } from './fs.ts';
export { isLogName, maxLeafBytes, maxPayloadBytes } from './frame.ts';
export { holdJournal, type JournalLock } from './lock.ts';
export { watchSpace } from './space-watch.ts';
export { type GapFile, openGapFile } from './gap-file.ts';
