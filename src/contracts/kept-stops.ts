import type { OverlayEntry } from '#kernel/overlay.ts';

/** A stop of which the store said otherwise than control itself decided. */
export interface StopDifference {
  readonly id: string;
  readonly target: OverlayEntry['target'];
  readonly reason: OverlayEntry['why'];
  /** `gone`, `changed`: put back; `unknown`: the store alone had it, and it stays; `unrevoked`: revoked again. */
  readonly why: 'gone' | 'changed' | 'unknown' | 'unrevoked';
  readonly at: number;
}

/**
 * Stops, suspensions, revocations and quarantines as they were decided, known where whoever edits the store cannot
 * write. INVARIANT: what was not released is in force again before anything is served, and while it is served within a look.
 */
export interface KeptStops {
  /** Puts back what the store lost, and owes the record of it. */
  look(): Promise<void>;
  /** What was found within the last day; for whoever cannot wait. */
  seen(tenant: string): readonly StopDifference[];
}
