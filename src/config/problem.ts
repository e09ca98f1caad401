/** One thing that is wrong with the documents, where it stands, and what to do about it. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestedAction: string;
}

/** A problem of a stored document, which has no file any more. */
export interface CompileProblem {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly suggestedAction: string;
}

export function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

/** By code unit: the same order on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
