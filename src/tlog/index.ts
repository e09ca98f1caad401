export { type BundleHint, decodeHint, encodeHint, hintBytes } from './bundle-hint.ts';
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
  haveOneOwner,
  secondVkey,
  vkeyUnder,
  witnessVkey,
} from './note.ts';
export {
  archivedHead,
  archivedSize,
  headFolders,
  ownSignatureOnly,
  secondVkeyFile,
} from './archived.ts';
export {
  BodyFinder,
  bodyDigestOf,
  decodePack,
  encodePacked,
  maxPackedBytes,
  type PackedBody,
  packedSize,
  packPath,
  payloadPath,
  writePacked,
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
export { encodePruned, parsePruned, prunedFile, type PrunedPrefix } from './pruned.ts';
export { recordIdOf } from './record-id.ts';
export {
  bundledSize,
  bundlePath,
  decodeBundle,
  encodeBundle,
  encodeTile,
  levelCount,
  maxEntryBytes,
  type ReadLogFile,
  readBundle,
  readTile,
  tileIndexPath,
  tilePath,
  tileWidth,
  widthOf,
  writeBundled,
} from './tile.ts';
export { GrowingTree, type TileChange, TileTree } from './tree.ts';
export { type KnownHead } from './known-heads.ts';
export {
  type LogProblem,
  type LogProblemKind,
  type LogVerdict,
  mostUnsigned,
  type VerifyLogOptions,
  verifyLogFolder,
} from './verify.ts';
export {
  type AddCheckpoint,
  cosignCheckpoint,
  encodeAddCheckpoint,
  mostRequestBytes,
  type Witness,
  type WitnessAnswer,
  type WitnessedHead,
  type WitnessMemory,
  witnessedFile,
} from './witness.ts';
export { signedLine } from './signed-line.ts';
