export const modernRevision = '2026-07-28';

/** Those that begin with a handshake, newest first. */
export const legacyRevisions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
export type LegacyRevision = (typeof legacyRevisions)[number];

export const newestLegacy = legacyRevisions[0];
/** Of a client that names none: the header that names it came with the revision after this one. */
export const unnamedRevision: LegacyRevision = '2025-03-26';
/** The only one that knows batches. */
export const batchRevision: LegacyRevision = '2025-03-26';

/** The first one whose clients know an event without data: it names a place to come back to. */
const primedRevision: LegacyRevision = '2025-11-25';

export function isPrimed(revision: LegacyRevision): boolean {
  return revision >= primedRevision;
}

/** Whether its clients can be sent to a page (URL elicitation). */
export function knowsPages(revision: LegacyRevision): boolean {
  return revision >= '2025-11-25';
}

export const servedRevisions = [modernRevision, ...legacyRevisions] as const;

export type Revision = (typeof servedRevisions)[number];

export function isLegacy(revision: unknown): revision is LegacyRevision {
  return legacyRevisions.some((one) => one === revision);
}

/** What is asked for, or the newest that begins with a handshake. */
export function negotiated(asked: unknown): LegacyRevision {
  return isLegacy(asked) ? asked : newestLegacy;
}
