import type { IndexReport, RebuildReason } from '#planes/query/index.ts';

/** What the thread of the index is given when it begins. */
export interface IndexWorkerData {
  readonly data: string;
  /** By which the logs are signed. */
  readonly publicKey: Uint8Array;
}

/** What it says without being asked. */
export type IndexTold =
  | { readonly kind: 'rebuilt'; readonly tenant: string; readonly why: RebuildReason }
  | { readonly kind: 'reports'; readonly reports: readonly IndexReport[] };

/** How often it says how the indexes stand. */
export const reportMs = 5_000;
