/**
 * Where a page of a list that is told newest first begins: behind this one. INVARIANT: by what stands in the row, never
 * by a count of rows, so that what comes meanwhile moves nothing and nothing is told twice.
 */
export interface ListPlace {
  readonly at: number;
  readonly id: string;
}

/** How one page of a list by time is asked for. */
export interface TimedPage {
  readonly limit: number;
  /** What stands behind it, in the order that is asked for. */
  readonly before?: ListPlace;
  /** What has waited longest first; newest first where nothing is said. */
  readonly oldestFirst?: boolean;
  /** Only what has these letters in the name that it goes by, whatever their case. */
  readonly q?: string;
}
