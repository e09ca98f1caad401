export {
  type Checkpoint,
  type CheckpointTrust,
  checkpointText,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpointText,
  signCheckpoint,
} from './checkpoint.ts';
export { emptyRoot, hashSize, leafHash, nodeHash, sameHash } from './hash.ts';
export { type LogFolder, TileLogReader } from './log-reader.ts';
export {
  cosignatureLine,
  logVkey,
  type NoteVerifier,
  parseNote,
  parseVkey,
  type RawSigner,
  signNote,
  verifyNote,
  vkeyUnder,
  witnessVkey,
} from './note.ts';
export {
  decodePack,
  encodePacked,
  maxPackedBytes,
  type PackedBody,
  packPath,
  payloadPath,
} from './pack.ts';
export {
  type ConsistencyClaim,
  consistencyProof,
  type InclusionClaim,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
export { encodeProofFile, type ProofFile, parseProofFile, verifyProofFile } from './proof-file.ts';
export { recordIdOf } from './record-id.ts';
export {
  bundlePath,
  decodeBundle,
  encodeBundle,
  encodeTile,
  maxEntryBytes,
  type ReadLogFile,
  readBundle,
  readTile,
  tileIndexPath,
  tilePath,
  tileWidth,
} from './tile.ts';
export { GrowingTree, type TileChange, TileTree } from './tree.ts';
export {
  type KnownHead,
  type LogProblem,
  type LogProblemKind,
  type LogVerdict,
  type VerifyLogOptions,
  verifyLogFolder,
} from './verify.ts';
