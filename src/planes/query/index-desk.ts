import { type Act, actDraft, checkRight, type DeskRecorder } from '#contracts/desk.ts';
import type { IndexState, RecordQueries } from './door.ts';

/** What people do with the index. */
export interface IndexDesk {
  rebuild(act: Act): Promise<IndexState>;
}

/** INVARIANT: that the index is made anew, and by whom, is on record before anything of it is gone. */
export function createIndexDesk(parts: {
  readonly recorder: DeskRecorder;
  readonly queries: Pick<RecordQueries, 'rebuild'>;
}): IndexDesk {
  return {
    async rebuild(act) {
      checkRight(act, 'operator');
      await parts.recorder.record(actDraft('log.index-rebuilt', act, { why: 'asked for' }));
      return parts.queries.rebuild(act.by.tenant);
    },
  };
}
