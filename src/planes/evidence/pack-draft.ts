import type { PackRetention } from './removing.ts';
import type { AppendText } from './write-report.ts';

export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
}

/** What is promised of a pack when it is made. */
export type PromisedKeep = Pick<PackRetention, 'minimumMs' | 'by'>;

/** A pack that has no name yet. */
export interface PackDraft {
  readonly append: AppendText;
  /** What was written so far, by its path. */
  files(): Readonly<Record<string, FileFacts>>;
  /** It is whole, on the disk, and its place is free; throws where not. */
  settle(): void;
  /** It is there under its name. Once settled it may be tried again. */
  finish(): void;
  /** False once somebody took away what was settled. */
  isSettled(): boolean;
  abandon(): void;
}
