/**
 * The write-ahead file of one process. It is a transit file: what it holds moves into tiles,
 * then its segments go. Everything that must be durable before something else happens passes here.
 */
export interface JournalFrame {
  /** `leaf` becomes an entry of a log; `payload` is a sealed body that a leaf refers to by digest. */
  readonly kind: 'leaf' | 'payload';
  readonly tenant: string;
  /** Retention class; a log is homogeneous in retention. */
  readonly retention: string;
  /** Canonical bytes of the leaf, or sealed bytes of the payload. Never changed after the call. */
  readonly bytes: Uint8Array;
}

export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface AppendOptions {
  /**
   * May use the space that is set aside for the time when the disk is full: for what takes
   * privilege away, and for nothing else.
   */
  readonly reserved?: boolean;
}

export interface Journal {
  /**
   * Resolves when every given frame is on disk, in order, in one batch or none. Rejects with
   * `audit/unavailable` when there is no room or the disk fails: nothing was promised then, and the
   * next append tries again. Rejects with `audit/journal-failed` once the journal is closed.
   */
  append(frames: readonly JournalFrame[], options?: AppendOptions): Promise<JournalPosition>;
  /** What the last append said; false after `close`. What is reserved tells nothing about the rest. */
  readonly healthy: boolean;
  close(): Promise<void>;
}

export interface RecoveredFrame extends JournalFrame {
  readonly position: JournalPosition;
}

/** Reads frames back, by scan, stopping at the first torn or corrupt frame of the last segment. */
export interface JournalReader {
  /** Frames after `position` (all of them when undefined) that are complete on disk. */
  read(after: JournalPosition | undefined, limit: number): readonly RecoveredFrame[];
  /** Drops segments that lie wholly before `position`. */
  release(before: JournalPosition): void;
}
