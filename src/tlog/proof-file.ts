import { BailiwickError } from '#kernel/errors.ts';
import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { hashSize, leafHash } from './hash.ts';
import { decodeBase64 } from './note.ts';
import { verifyInclusion } from './proof.ts';

/** `.tlog-proof` (c2sp.org/tlog-proof@v1): one entry's evidence that a stranger verifies offline. */
const header = 'c2sp.org/tlog-proof@v1';
const maxProofFileBytes = 128 * 1024;
const maxProofHashes = 63;

export interface ProofFile {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array;
  /** Not authenticated by the proof; never trust it by itself. */
  readonly extra?: Uint8Array;
}

export function encodeProofFile(proof: ProofFile): Uint8Array {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const lines = [header];
  if (proof.extra !== undefined) lines.push(`extra ${base64(proof.extra)}`);
  lines.push(`index ${proof.index}`, ...proof.hashes.map(base64), '', '');
  return Buffer.concat([Buffer.from(lines.join('\n'), 'utf8'), proof.checkpoint]);
}

function malformed(message: string): BailiwickError {
  return new BailiwickError('audit/proof-invalid', { message });
}

export function parseProofFile(bytes: Uint8Array): ProofFile {
  if (bytes.length > maxProofFileBytes) throw malformed('the proof is too large');
  const split = Buffer.from(bytes).indexOf('\n\n');
  if (split < 0) throw malformed('the proof has no checkpoint');
  const lines = Buffer.from(bytes.subarray(0, split)).toString('latin1').split('\n');
  if (lines.shift() !== header) throw malformed(`the proof does not start with \`${header}\``);
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64(lines.shift()?.slice(6) ?? '') : null;
  if (extra === undefined) throw malformed('the extra data of the proof is not base64');
  const index = /^index (0|[1-9][0-9]{0,15})$/u.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index))) {
    throw malformed('the proof names no index');
  }
  return {
    index: Number(index),
    hashes: parseHashes(lines),
    checkpoint: bytes.subarray(split + 2),
    ...(extra === null ? {} : { extra }),
  };
}

function parseHashes(lines: readonly string[]): Uint8Array[] {
  if (lines.length > maxProofHashes) throw malformed('the proof is too long');
  return lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== hashSize) throw malformed('a hash of the proof is not well formed');
    return hash;
  });
}

/** Throws `audit/proof-invalid` unless `entry` stands at the proof's index under a trusted checkpoint. */
export function verifyProofFile(
  bytes: Uint8Array,
  entry: Uint8Array,
  trust: CheckpointTrust,
): OpenedCheckpoint & { readonly index: number } {
  const proof = parseProofFile(bytes);
  const checkpoint = openCheckpoint(proof.checkpoint, trust);
  const { size, root } = checkpoint;
  const claim = { index: proof.index, size, leaf: leafHash(entry), root };
  if (!verifyInclusion(claim, proof.hashes)) {
    throw malformed(`the entry is not entry ${proof.index} of this log`);
  }
  return { ...checkpoint, index: proof.index };
}
