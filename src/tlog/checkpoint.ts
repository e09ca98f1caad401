import { BailiwickError } from '#kernel/errors.ts';
import { hashSize } from './hash.ts';
import {
  decodeBase64,
  type NoteVerifier,
  parseNote,
  type RawSigner,
  secondLine,
  signNote,
  verifyNote,
} from './note.ts';

/** The head of a log at one size (c2sp.org/tlog-checkpoint). We write no extension lines. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface OpenedCheckpoint extends Checkpoint {
  /** Names of the witnesses whose cosignature was verified. */
  readonly witnesses: readonly string[];
  /** True where a second signature was asked for and is not there. */
  readonly lacksSecond: boolean;
  /** The signed note as it was read, byte for byte. */
  readonly note: Uint8Array;
}

export function checkpointText(checkpoint: Checkpoint): string {
  const root = Buffer.from(checkpoint.root).toString('base64');
  return `${checkpoint.origin}\n${checkpoint.size}\n${root}\n`;
}

export function signCheckpoint(checkpoint: Checkpoint, signer: RawSigner): string {
  const { origin } = checkpoint;
  const text = checkpointText(checkpoint);
  const { second } = signer;
  const more = second === undefined ? '' : secondLine(text, origin, second);
  return signNote(text, origin, signer) + more;
}

export function parseCheckpointText(text: string): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const hash = decodeBase64(root);
  const count = Number(size);
  const wellFormed =
    origin !== '' && /^(0|[1-9][0-9]{0,15})$/u.test(size) && Number.isSafeInteger(count);
  if (!wellFormed || hash?.length !== hashSize) {
    throw new BailiwickError('audit/proof-invalid', {
      message: 'the checkpoint is not well formed',
    });
  }
  return { origin, size: count, root: hash };
}

export interface CheckpointTrust {
  /** The key of the log; its name must be the origin. */
  readonly log: NoteVerifier;
  readonly witnesses?: readonly NoteVerifier[];
  /** Keys of second signatures. INVARIANT: a wrong one voids the note; one that is missing is told, and voids nothing. */
  readonly second?: readonly NoteVerifier[];
}

/** Parses and verifies; throws unless the log itself signed this very origin. */
export function openCheckpoint(bytes: Uint8Array, trust: CheckpointTrust): OpenedCheckpoint {
  const note = parseNote(bytes);
  const { witnesses: known = [], second = [] } = trust;
  const verified = verifyNote(note, [trust.log, ...known, ...second]);
  if (trust.log.kind !== 'log' || !verified.includes(trust.log)) {
    throw new BailiwickError('audit/proof-invalid', {
      message: `the checkpoint is not signed by the key of \`${trust.log.name}\``,
    });
  }
  const checkpoint = parseCheckpointText(note.text);
  if (checkpoint.origin !== trust.log.name) {
    throw new BailiwickError('audit/proof-invalid', {
      message: `the checkpoint is of \`${checkpoint.origin}\`, not of \`${trust.log.name}\``,
    });
  }
  const witnesses = verified.filter((one) => one.kind === 'witness').map((one) => one.name);
  const lacksSecond = second.length > 0 && !verified.some((one) => second.includes(one));
  return { ...checkpoint, witnesses, lacksSecond, note: bytes };
}
