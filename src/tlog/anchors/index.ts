export {
  type AnchorFile,
  anchorFile,
  anchorFileOf,
  anchorFolder,
  type AnchorKind,
  anchorName,
  anchoredHead,
} from './anchor-files.ts';
export { encodeRekorRequest, mostRekorBytes, openRekorEntry, type RekorEntry } from './rekor.ts';
export {
  encodeTimestampRequest,
  mostTimestampBytes,
  openTimestamp,
  readRoots,
  type Timestamp,
  type TimestampAsk,
  type TimestampTrust,
} from './timestamp.ts';
