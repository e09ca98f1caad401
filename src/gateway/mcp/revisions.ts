export const modernRevision = '2026-07-28';
export const legacyRevision = '2025-11-25';
export const servedRevisions = [modernRevision, legacyRevision] as const;

export type Revision = (typeof servedRevisions)[number];
