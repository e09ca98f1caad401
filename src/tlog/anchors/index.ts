export {
  type AnchorFile,
  anchorFile,
  anchorFileOf,
  anchorFolder,
  type AnchorKind,
  anchorName,
  anchoredHead,
} from './anchor-files.ts';
export {
  encodeTimestampRequest,
  mostTimestampBytes,
  openTimestamp,
  readRoots,
  type Timestamp,
  type TimestampAsk,
  type TimestampTrust,
} from './timestamp.ts';
