export {
  type EvidencePack,
  type EvidencePolicy,
  noEvidence,
  parseEvidencePolicy,
} from './policy.ts';
export { reports } from './reports.ts';
export {
  createEvidence,
  type Evidence,
  type EvidenceHealth,
  type EvidencePlace,
  type MadePack,
  type PackWish,
} from './making.ts';
export type { AskRecords } from './write-report.ts';
export { type PackRetention, packRetention } from './removing.ts';
export type { PackDraft } from './pack-draft.ts';
