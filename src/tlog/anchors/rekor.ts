import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type Checkpoint, openCheckpoint, parseCheckpointText } from '../checkpoint.ts';
import { leafHash, sameHash } from '../hash.ts';
import { decodeBase64, type NoteVerifier, parseNote } from '../note.ts';
import { verifyInclusion } from '../proof.ts';
import { malformed } from './der.ts';

/** Entries of Rekor v2: somebody else's transparency log has the digest of these bytes at this place. */
export interface RekorEntry {
  /** Its name, as its own head says. */
  readonly log: string;
  readonly index: number;
  /** By a log whose key is pinned; of any other it is nobody's word. */
  readonly isTrusted: boolean;
}

/** INVARIANT: an answer from outside must not cost more. */
export const mostRekorBytes = 65_536;
const keyDetails = 'PKIX_ECDSA_P256_SHA_256';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/**
 * The body of `POST /api/v2/log/entries`. Who signs it says nothing here: what counts is that the digest is there, and
 * the head that it is of has a signature of its own. So the key is made for this one entry and forgotten.
 */
export function encodeRekorRequest(message: Uint8Array): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rawBytes = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const content = sign('sha256', message, privateKey).toString('base64');
  return canonicalText({
    hashedRekordRequestV002: {
      digest: sha256(message).toString('base64'),
      signature: { content, verifier: { keyDetails, publicKey: { rawBytes } } },
    },
  });
}

/**
 * Reads an answer and checks all of it: that the entry is over these bytes and signed, and that it is in a tree whose
 * head the pinned key of the log signed. Throws where anything of it does not hold.
 */
export function openRekorEntry(
  answer: Uint8Array,
  message: Uint8Array,
  logs: readonly NoteVerifier[],
): RekorEntry {
  if (answer.length > mostRekorBytes) throw malformed('the entry is too large');
  const entry = objectIn(read(answer));
  const body = bytesOf(entry['canonicalizedBody']);
  checkBody(body, objectIn(entry['kindVersion']), message);
  const proof = objectIn(entry['inclusionProof']);
  const { envelope } = objectIn(proof['checkpoint']);
  if (typeof envelope !== 'string') throw malformed('the entry has no head');
  const { head, isTrusted } = headIn(Buffer.from(envelope, 'utf8'), logs);
  const hashes = Array.isArray(proof['hashes']) ? proof['hashes'].map(bytesOf) : [];
  const index = numberOf(proof['logIndex']);
  const isOfHead =
    numberOf(proof['treeSize']) === head.size && sameHash(bytesOf(proof['rootHash']), head.root);
  const claim = { index, size: head.size, leaf: leafHash(body), root: head.root };
  if (isOfHead && verifyInclusion(claim, hashes)) {
    return { log: head.origin, index, isTrusted };
  }
  throw malformed('the entry is not proved to be in the log that signed the head');
}

function headIn(
  bytes: Uint8Array,
  logs: readonly NoteVerifier[],
): { readonly head: Checkpoint; readonly isTrusted: boolean } {
  const note = parseNote(bytes);
  const head = parseCheckpointText(note.text);
  const log = logs.find(
    ({ name, keyId }) =>
      name === head.origin &&
      note.signatures.some((one) => one.name === name && sameHash(one.keyId, keyId)),
  );
  if (log === undefined) return { head, isTrusted: false };
  return { head: openCheckpoint(bytes, { log }), isTrusted: true };
}

function checkBody(body: Buffer, kind: JsonObject, message: Uint8Array): void {
  const entry = objectIn(read(body));
  const isKind =
    kind['kind'] === 'hashedrekord' &&
    kind['version'] === '0.0.2' &&
    entry['kind'] === 'hashedrekord' &&
    entry['apiVersion'] === '0.0.2';
  if (!isKind) throw malformed('the entry is of another kind');
  const { data, signature } = objectIn(objectIn(entry['spec'])['hashedRekordV002']);
  const { algorithm, digest } = objectIn(data);
  if (algorithm !== 'SHA2_256' || !bytesOf(digest).equals(sha256(message))) {
    throw malformed('the entry is over other bytes');
  }
  const { content, verifier } = objectIn(signature);
  const { publicKey, keyDetails: details } = objectIn(verifier);
  const key = bytesOf(objectIn(publicKey)['rawBytes']);
  if (details !== keyDetails || !isSigned(message, key, bytesOf(content))) {
    throw malformed('the signature in the entry is wrong');
  }
}

function isSigned(message: Uint8Array, spki: Buffer, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' && verify('sha256', message, key, signature);
  } catch {
    return false;
  }
}

function read(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch {
    throw malformed('the entry is not JSON');
  }
}

function objectIn(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw malformed('the entry lacks a part');
}

function bytesOf(value: unknown): Buffer {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw malformed('the entry lacks a part');
  return bytes;
}

/** Numbers of 64 bits are texts in its JSON. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,15}$/u.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw malformed('the entry lacks a number');
}
