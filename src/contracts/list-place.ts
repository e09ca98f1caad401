/**
 * Where a page of a list that is told newest first begins: behind this one. INVARIANT: by what stands in the row, never
 * by a count of rows, so that what comes meanwhile moves nothing and nothing is told twice.
 */
export interface ListPlace {
  readonly at: number;
  readonly id: string;
}
