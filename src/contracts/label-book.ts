import type { Labels } from '#kernel/label.ts';

export interface SessionLabels {
  readonly labels: Labels;
  /** Grows with every raise. */
  readonly version: number;
}

/** Labels of sessions. INVARIANT: `raise` never removes one, whatever the order of callers. */
export interface LabelBook {
  read(tenant: string, session: string): Promise<SessionLabels>;
  /** Durable before it resolves; the result that raised them is released only afterwards. */
  raise(tenant: string, session: string, labels: Labels, source: string): Promise<SessionLabels>;
}
