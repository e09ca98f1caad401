import type { AgreementBook } from './agreement-book.ts';
import type { HoldBook } from './hold-book.ts';

/** What the store says otherwise than what is kept of it beside the keys. */
export interface HeldDifference {
  readonly what: 'hold' | 'agreement';
  readonly id: string;
  /** `gone` and `changed`: the store lost it, or says another thing of it; `unknown`: it alone has it. */
  readonly why: 'gone' | 'changed' | 'unknown';
}

/**
 * Legal holds and what waits for a second person, as they are known where whoever edits the store cannot
 * write. INVARIANT: while both differ nothing of that tenant is erased or pruned, and nobody agrees to anything.
 */
export interface KeptHolds {
  /** Empty where both say the same. */
  differences(tenant: string): Promise<readonly HeldDifference[]>;
  /** As `differences` and the last looks found them; for whoever cannot wait. */
  seen(tenant: string): readonly HeldDifference[];
  /**
   * From then on both keep what either kept: a hold that is gone is put back, one that is unknown is taken over,
   * and an agreement that only the store has is over. INVARIANT: it only keeps, so that one person may do it.
   */
  mend(tenant: string): Promise<void>;
}

export interface HeldBooks {
  readonly holds: HoldBook;
  readonly agreements: AgreementBook;
}
