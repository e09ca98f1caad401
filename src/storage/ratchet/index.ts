export {
  type LogBreak,
  LogRatchet,
  type LogRatchetContent,
  openLogRatchetFile,
  readLogBreaks,
  type SignedHead,
  type WriterBreak,
} from './log-ratchet.ts';
export { keepRatchet, type RatchetKeeper } from './keeper.ts';
export { keepHolds, type OpenKeptHolds } from './kept-holds.ts';
export { keepRights, type OpenKeptRights } from './kept-rights.ts';
export { openKeptOverrides } from './kept-overrides.ts';
export { type OpenKeptStops, openKeptStops } from './kept-stops.ts';
export { keptStore } from './kept-store.ts';
export { openTombstones } from './tombstones.ts';
export { isAnswered, type OpenBreak } from './store-ratchet.ts';
export { beginAnew, type LostRecords } from './begin-anew.ts';
