/** One thing that is kept; its name is a path of plain words under the root of the archive. */
export interface ArchivedObject {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Nobody may take it away before, in milliseconds; undefined where no period was said. */
  readonly retainUntil?: number | undefined;
}

/**
 * Keeps copies of logs elsewhere. INVARIANT: what was put once is never changed and never given back shorter, and
 * there is no verb that takes anything away: what is over is removed by the store that keeps it, by its own clock.
 */
export interface LogArchive {
  /** Where, as an operator reads it; no credential. */
  readonly where: string;
  /** Who stops somebody who wants to delete early, in plain words. */
  readonly enforcedBy: string;
  /**
   * Durable under its name when it resolves. `already` when the same bytes stand there; then it is kept at least as
   * long as is asked now: a period grows and never shrinks. Rejects with `audit/archive-conflict` when other bytes do,
   * and with `audit/archive-unavailable` when the archive is away, full or takes nothing: then nothing was put, or
   * all of it.
   */
  put(object: ArchivedObject): Promise<'stored' | 'already'>;
  /** Names that begin with these words, sorted; of what was put as a whole. */
  list(prefix: string): Promise<readonly string[]>;
  /** Undefined when there is no such name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Undefined when it is not there, or nothing keeps it any more. */
  retainedUntil(name: string): Promise<number | undefined>;
  /** What was put first under this name is kept at least so long; a period grows and never shrinks. */
  extend(name: string, until: number): Promise<'extended' | 'already' | 'missing'>;
  /**
   * What somebody else laid over names that begin with these words. INVARIANT: `list` and `read` tell of what was put
   * first all the same. Empty where a store has no such thing as a second version.
   */
  overlaid(prefix: string): Promise<readonly OverlaidName[]>;
}

/** Nothing in the product does either: whoever did it holds a credential of the archive. */
export interface OverlaidName {
  readonly name: string;
  /** `hidden`: a mark of deletion stands over it; `put-again`: other bytes, or the same once more. */
  readonly how: 'hidden' | 'put-again';
}

const form = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/u;

/** Names come of tenants, writers and tiles; whatever else is asked for could lead out of the archive. */
export function isArchiveName(name: string): boolean {
  return name.length <= 512 && form.test(name);
}
