import type { Journal, JournalFrame } from '#contracts/journal.ts';
import { commitment, sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId, randomBytesFromPool } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Recorder } from './door.ts';
import { leafBytes } from './leaf.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { checkDraft } from './required.ts';
import { Sequences } from './sequences.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly writer: string;
  readonly sealer: PayloadSealer;
  /** Retention class of this recorder's logs. */
  readonly retention?: string;
}

interface Leaf {
  readonly id: string;
  readonly frame: JournalFrame;
}

/** Turns drafts into leaves. Nothing is told to be recorded before it is on disk. */
export function createRecorder(parts: RecorderParts): Recorder {
  const { journal, writer } = parts;
  const retention = parts.retention ?? 'standard';
  const sequences = new Sequences();

  /** All of them or none: a leaf that cannot be built gives its number back. */
  const leavesOf = (drafts: readonly RecordDraft[], payload?: RecordEnvelope['payload']) => {
    for (const draft of drafts) checkDraft(draft);
    const taken: RecordDraft[] = [];
    try {
      return drafts.map((draft): Leaf => {
        const sequence = sequences.take(draft);
        taken.push(draft);
        const envelope = envelopeOf(parts, draft, sequence, payload);
        const bytes = leafBytes(envelope);
        const frame = { kind: 'leaf', tenant: draft.tenant, retention, bytes } as const;
        return { id: envelope.id, frame };
      });
    } catch (fault) {
      for (const draft of taken) sequences.giveBack(draft);
      throw unavailable(fault);
    }
  };

  return {
    writer,
    get healthy() {
      return journal.healthy;
    },
    async record(draft, payload) {
      const body = payload === undefined ? undefined : sealBody(parts, draft.tenant, payload);
      const [leaf] = leavesOf([draft], body?.reference);
      if (leaf === undefined) throw new BailiwickError('audit/unavailable');
      // The body stands before the leaf that names it, in one batch: never one without the other.
      const frames: JournalFrame[] = [];
      if (body !== undefined) {
        frames.push({ kind: 'payload', tenant: draft.tenant, retention, bytes: body.bytes });
      }
      frames.push(leaf.frame);
      return { id: leaf.id, position: await append(journal, frames) };
    },
    async recordAll(drafts) {
      if (drafts.length === 0) return [];
      const leaves = leavesOf(drafts);
      const position = await append(
        journal,
        leaves.map(({ frame }) => frame),
      );
      return leaves.map(({ id }) => ({ id, position }));
    },
    commit(bytes) {
      const salt = randomBytesFromPool(16);
      return { sha256: commitment(salt, bytes), salt: salt.toString('hex'), bytes: bytes.length };
    },
  };
}

function envelopeOf(
  { clock, writer }: RecorderParts,
  draft: RecordDraft,
  sequence: number,
  payload: RecordEnvelope['payload'],
): RecordEnvelope {
  const now = clock.now();
  return {
    ...draft,
    schema: recordSchema,
    id: newId(now),
    time: isoTime(now),
    monotonicUs: Math.round(clock.monotonic() * 1_000),
    writer,
    sequence,
    ...(payload === undefined ? {} : { payload }),
  };
}

function sealBody({ sealer }: RecorderParts, tenant: string, payload: Uint8Array) {
  if (payload.length > limits.payloadBytes) throw new BailiwickError('audit/record-too-large');
  try {
    const { bytes, key } = sealer.seal(tenant, payload);
    return { bytes, reference: { sha256: sha256Hex(bytes), bytes: payload.length, key } };
  } catch (fault) {
    throw unavailable(fault);
  }
}

async function append(journal: Journal, frames: readonly JournalFrame[]) {
  try {
    return await journal.append(frames);
  } catch (fault) {
    throw unavailable(fault);
  }
}

/** Whatever went wrong, the caller hears one thing: it is not on record, so it does not happen. */
function unavailable(cause: unknown): BailiwickError {
  const known = cause instanceof BailiwickError && cause.code === 'audit/unavailable';
  return known ? cause : new BailiwickError('audit/unavailable', { cause });
}
