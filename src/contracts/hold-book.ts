/** What must be kept: all that is sealed of one subject, or every record since a time. */
export type HoldScope =
  | { readonly kind: 'subject'; readonly subject: string; readonly handle: string }
  | { readonly kind: 'since'; readonly from: number };

/** Somebody is at law, or may be: what is held is neither erased nor pruned. */
export interface LegalHold {
  readonly id: string;
  readonly scope: HoldScope;
  readonly matter: string;
  readonly askedBy: string;
  readonly askedAt: number;
  /** Until a second person agreed, when it is over by itself. */
  readonly lapsesAt: number | undefined;
  /** The second person, and when they agreed. */
  readonly heldBy: string | undefined;
  readonly heldAt: number | undefined;
  readonly releasedBy: string | undefined;
  readonly releasedAt: number | undefined;
}

/** What somebody is about to take away for good: the key of a subject, or records older than a time. */
export type HeldQuestion = { readonly subject: string } | { readonly olderThan: number };

export interface HoldBook {
  /** From then on it holds, also while nobody has agreed: until it lapses. */
  ask(tenant: string, hold: LegalHold): Promise<void>;
  /** A second person agreed. Undefined when it is over, also by a release, or was never asked. */
  confirm(
    tenant: string,
    yes: { readonly id: string; readonly by: string; readonly now: number },
  ): Promise<LegalHold | undefined>;
  /** Undefined when it is released already, or was never there. */
  release(
    tenant: string,
    yes: { readonly id: string; readonly by: string; readonly now: number },
  ): Promise<LegalHold | undefined>;
  /**
   * The subject with this handle is erased: where a hold of it is over, its name is blank from then on, in
   * every file of the store. One in force keeps it: it says whom it holds. How many.
   */
  forget(tenant: string, gone: { readonly handle: string; readonly now: number }): Promise<number>;
  /** It is as it is given from then on, whether or not it was there. */
  putBack(tenant: string, hold: LegalHold): Promise<void>;
  /** Newest first; those that are over too. */
  list(tenant: string): Promise<readonly LegalHold[]>;
  /**
   * The holds that forbid it. INVARIANT: whoever destroys keys or prunes records asks right before, and does
   * nothing while one is answered. One subject held forbids to prune anything: whose records are whose is not
   * known by their age.
   */
  over(tenant: string, asked: HeldQuestion, now: number): Promise<readonly LegalHold[]>;
}
