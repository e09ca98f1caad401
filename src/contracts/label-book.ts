import type { Label, Labels } from '#kernel/label.ts';

export interface TaskLabels {
  readonly labels: Labels;
  /** Grows with every raise. */
  readonly version: number;
}

/** Where a label came from: which session of the task raised it first from which source. */
export interface RaisedLabel {
  readonly label: Label;
  readonly session: string;
  readonly source: string;
}

/** Labels of tasks. INVARIANT: `raise` never removes one, whatever the order of callers. */
export interface LabelBook {
  /** A task that is in no book carries everything: unknown counts as labelled. */
  read(tenant: string, task: string): Promise<TaskLabels>;
  /**
   * Durable before it resolves; the result that raised them is released only afterwards. Rejects
   * with `identity/task-ended` once the task is over, and with `identity/no-task` for an unknown
   * one: what nobody could carry on is not told. INVARIANT: in delegated work every open task of the same
   * user and agent carries it from the same moment, and so does the work that it was handed on from.
   */
  raise(
    tenant: string,
    where: { readonly task: string; readonly session: string },
    labels: Labels,
    source: string,
  ): Promise<TaskLabels>;
}
