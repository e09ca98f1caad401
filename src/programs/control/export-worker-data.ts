import type { AskedNote, ExportState, SinkSettings } from '#planes/export/index.ts';

/** What the thread of the exporters is given when it begins. */
export interface ExportWorkerData {
  readonly data: string;
  /** By which the logs are signed. */
  readonly publicKey: Uint8Array;
  readonly sinks: readonly SinkSettings[];
}

/** What it says without being asked. */
export type ExportTold =
  | { readonly kind: 'note'; readonly note: AskedNote }
  | { readonly kind: 'states'; readonly states: readonly ExportState[] };

/** How often it says how the sinks do. */
export const statesMs = 1_000;
