/** How far a sink has come with one log. */
export interface ExportCursor {
  /** Records `[0, next)` are settled. */
  readonly next: number;
  /** Hex of the leaf hash of record `next - 1`: by it another log under the same name is known. */
  readonly last: string;
}

/** By origin. */
export type ExportCursors = Readonly<Record<string, ExportCursor>>;

/** A record that a sink will never take. It stays in the log, where the origin and index in its key find it. */
export interface DeadLetter {
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly why: string;
  readonly at: string;
}

/** What exporting remembers on disk, by the name of the sink. */
export interface ExportBook {
  /** Throws `audit/cursor-unreadable` for what it did not write itself. */
  cursors(sink: string): Promise<ExportCursors>;
  /** INVARIANT: whole when it resolves, and the old ones or the new ones whenever the machine stops. */
  keep(sink: string, cursors: ExportCursors): Promise<void>;
  /**
   * Durable when it resolves; answers how many are new. INVARIANT: one whose key lies there already is not put
   * again, whoever put it and when.
   */
  bury(sink: string, letters: readonly DeadLetter[]): Promise<number>;
  /** How many lie there. */
  buried(sink: string): Promise<number>;
  /** What was in force when it was last said so, by sink: its digest. */
  configured(): Promise<Readonly<Record<string, string>>>;
  keepConfigured(sinks: Readonly<Record<string, string>>): Promise<void>;
}
