import { commitment, commitmentToDigest } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { randomBytesFromPool } from '#kernel/ids.ts';
import type { Commitment, RecordDraft, RecordEnvelope } from '#kernel/record.ts';

/**
 * Salts of commitments stand sealed before the words of a body, never in a leaf: with the key of whose words
 * they are goes what a guess could be tried with. The record says whose salts stand there (`payload.salts`).
 */
export const saltBytes = 16;

/** No JSON and no clone of a draft has it. */
const saltKey = Symbol('salt');

type Salted = Commitment & { readonly [saltKey]?: Uint8Array };

export function saltedCommitment(sha256: string, bytes: number): Commitment {
  const salt = randomBytesFromPool(saltBytes);
  const made: Salted = { sha256: commitmentToDigest(salt, sha256), bytes, [saltKey]: salt };
  return made;
}

/** Commitments of a draft whose salts are known, and those salts, each in the same place. */
export interface Salts {
  readonly names: readonly string[];
  readonly bytes: Buffer;
}

const places = ['arguments', 'result', 'heard', 'part', 'heldBack'] as const;
type Place = (typeof places)[number];

function commitmentAt(record: RecordDraft, place: Place): Salted | undefined {
  switch (place) {
    case 'arguments':
      return record.arguments;
    case 'result':
      return record.result;
    case 'heard':
      return record.heard;
    case 'part':
      return record.part?.commitment;
    case 'heldBack':
      return record.details?.['heldBack'] as Commitment | undefined;
  }
}

export function saltsOf(draft: RecordDraft): Salts | undefined {
  const names: Place[] = [];
  const salts: Uint8Array[] = [];
  for (const place of places) {
    const salt = commitmentAt(draft, place)?.[saltKey];
    if (salt === undefined) continue;
    names.push(place);
    salts.push(salt);
  }
  const [only] = salts;
  if (only === undefined) return undefined;
  return { names, bytes: salts.length === 1 ? (only as Buffer) : Buffer.concat(salts) };
}

/** A commitment with what it is checked with. */
export interface OpenedCommitment {
  readonly of: string;
  readonly sha256: string;
  readonly salt: string;
  readonly bytes: number;
}

export interface OpenedBody {
  /** Undefined where nothing but salts was kept. */
  readonly words: Buffer | undefined;
  readonly commitments: readonly OpenedCommitment[];
  /** Which commitment of the record is one to these words; of some bodies, none is. */
  readonly proves: string | undefined;
}

/** The arguments in a body: INVARIANT: those that the record committed to, and no others. */
export function provedArguments(record: RecordEnvelope, body: Buffer): Buffer | undefined {
  const { words, proves } = openedBody(record, body);
  if (words === undefined) return undefined;
  if (proves !== 'arguments') throw new BailiwickError('audit/unreadable-record');
  return words;
}

/** What stands in a body, by what its record says of it. Records of earlier versions have salts in the leaf. */
export function openedBody(record: RecordEnvelope, body: Buffer): OpenedBody {
  const { payload } = record;
  const names: readonly string[] = payload?.salts ?? [];
  const wordsAt = names.length * saltBytes;
  if (body.length !== wordsAt + (payload?.bytes ?? -1)) {
    throw new BailiwickError('audit/unreadable-record');
  }
  const words = body.subarray(wordsAt);
  const commitments = places.flatMap((of): OpenedCommitment[] => {
    const made = commitmentAt(record, of);
    if (made === undefined) return [];
    const at = names.indexOf(of) * saltBytes;
    const salt = at < 0 ? made.salt : body.toString('hex', at, at + saltBytes);
    return salt === undefined ? [] : [{ of, sha256: made.sha256, salt, bytes: made.bytes }];
  });
  const proves = commitments.find(
    ({ bytes, salt, sha256 }) =>
      bytes === words.length && commitment(Buffer.from(salt, 'hex'), words) === sha256,
  )?.of;
  const hasWords = names.length === 0 || words.length > 0;
  return { words: hasWords ? words : undefined, commitments, proves };
}
