import type { JsonObject } from '#kernel/json/value.ts';
import type { ExportFiles, ExportProgress } from './export-files.ts';

/** What is made of the pages of an export, in one form. */
export interface ExportSink {
  /** Where it is kept how far the export came. */
  readonly files: ExportFiles;
  /** Something is there that no export of this form has begun. */
  readonly isThere: boolean;
  /** What was written beyond this is taken away. */
  cutBack(to: ExportProgress): void;
  /** Nothing was written before. */
  begin(): void;
  entry(entry: JsonObject): void;
  /** Later words, behind what they are about. */
  annotation(one: JsonObject): void;
  /** A page is whole. True when all of it is written, so that how far it came may be kept. */
  settle(isLast: boolean): boolean;
}
