import { BailiwickError } from '#kernel/errors.ts';
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import { hashSize, sameHash } from './hash.ts';
import {
  cosignatureLine,
  decodeBase64,
  type NoteVerifier,
  type ParsedNote,
  parseNote,
  type RawSigner,
  verifyNote,
} from './note.ts';
import { verifyConsistency } from './proof.ts';

/** Where a log keeps the newest head that witnesses cosigned, beside its checkpoint. */
export const witnessedFile = 'witnessed';

/** The witness protocol (c2sp.org/tlog-witness), one request of it. */
export interface AddCheckpoint {
  /** What the witness is thought to have cosigned last; 0 before anything. */
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  /** A signed note. */
  readonly checkpoint: Uint8Array;
}

/** INVARIANT: a witness reads no longer request and no longer proof, whoever asks. */
export const mostProofLines = 63;
export const mostRequestBytes = 128 * 1024;

export function encodeAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${old}\n${hashes.join('')}\n${Buffer.from(checkpoint).toString('utf8')}`;
}

export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  const all = Buffer.from(bytes);
  const end = all.indexOf('\n\n');
  const [first = '', ...lines] = all.subarray(0, Math.max(end, 0)).toString('latin1').split('\n');
  const size = /^old (0|[1-9][0-9]{0,15})$/u.exec(first)?.[1];
  const proof = lines.map((line) => decodeBase64(line));
  const isWhole = proof.every((hash) => hash?.length === hashSize);
  if (all.length > mostRequestBytes || size === undefined || !isWhole) throw malformed();
  if (!Number.isSafeInteger(Number(size)) || proof.length > mostProofLines) throw malformed();
  const hashes = proof.filter((hash) => hash !== undefined);
  return { old: Number(size), proof: hashes, checkpoint: all.subarray(end + 2) };
}

function malformed(): BailiwickError {
  return new BailiwickError('audit/proof-invalid', {
    message: 'the request to a witness is not well formed',
  });
}

/** What a witness remembers of a log: the longest head that it cosigned. */
export interface WitnessedHead {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface WitnessMemory {
  /** Keys under which this origin is known; empty for a log that it does not serve. */
  keys(origin: string): readonly NoteVerifier[];
  last(origin: string): WitnessedHead | undefined;
  /** INVARIANT: durable when it returns; only then is a cosignature made. */
  keep(head: Checkpoint): void;
}

export type WitnessAnswer =
  | { readonly status: 200; readonly head: Checkpoint; readonly lines: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422; readonly why: string };

export interface Witness {
  readonly memory: WitnessMemory;
  readonly signer: RawSigner & { readonly name: string };
  /** Seconds since 1970. */
  readonly now: () => number;
}

/**
 * Judges one request as the protocol says, in its order. Synchronous: nobody else's request comes
 * between the look at what is remembered and its change.
 */
export function cosignCheckpoint(bytes: Uint8Array, witness: Witness): WitnessAnswer {
  const asked = read(bytes);
  if ('why' in asked) return { status: 400, why: asked.why };
  const keys = witness.memory.keys(asked.head.origin);
  if (keys.length === 0) return { status: 404, why: 'this log is not known here' };
  if (!isSignedBy(asked.note, keys)) {
    return { status: 403, why: 'no key of this log signed the checkpoint' };
  }
  return judge(asked, witness);
}

interface Asked {
  readonly ask: AddCheckpoint;
  readonly note: ParsedNote;
  readonly head: Checkpoint;
}

function read(bytes: Uint8Array): Asked | { readonly why: string } {
  try {
    const ask = parseAddCheckpoint(bytes);
    const note = parseNote(ask.checkpoint);
    return { ask, note, head: parseCheckpointText(note.text) };
  } catch (fault) {
    if (fault instanceof BailiwickError) return { why: fault.message };
    throw fault;
  }
}

function isSignedBy(note: ParsedNote, keys: readonly NoteVerifier[]): boolean {
  try {
    return verifyNote(note, keys).length > 0;
  } catch {
    return false;
  }
}

function judge({ ask, head, note }: Asked, { memory, signer, now }: Witness): WitnessAnswer {
  if (ask.old > head.size) return { status: 400, why: 'the old size is larger than the new one' };
  const last = memory.last(head.origin);
  const size = last?.size ?? 0;
  if (ask.old !== size) return { status: 409, size };
  if (last !== undefined && last.size === head.size && !sameHash(last.root, head.root)) {
    return { status: 409, size };
  }
  const from = { fromSize: size, fromRoot: last?.root ?? head.root };
  if (size > 0 || ask.proof.length > 0) {
    const isConsistent = verifyConsistency(
      { ...from, size: head.size, root: head.root },
      ask.proof,
    );
    if (!isConsistent)
      return { status: 422, why: 'the proof does not lead here from what I cosigned' };
  }
  memory.keep(head);
  return { status: 200, head, lines: cosignatureLine(note.text, signer, now()) };
}
