import type { Journal, JournalFrame } from '#contracts/journal.ts';
import { commitment, sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId, randomBytesFromPool } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Recorder } from './door.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { missingParts } from './required.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly writer: string;
  readonly sealer: PayloadSealer;
  /** Retention class of this recorder's logs. */
  readonly retention?: string;
}

const rememberedSessions = 100_000;

/** Turns drafts into leaves. Nothing is told to be recorded before it is on disk. */
export function createRecorder(parts: RecorderParts): Recorder {
  const { journal, clock, writer } = parts;
  const retention = parts.retention ?? 'standard';
  const nextSequence = sequences();
  const leafFrame = (draft: RecordDraft, payload?: RecordEnvelope['payload']) => {
    const envelope = envelopeOf(draft, nextSequence(draft), payload);
    const frame: JournalFrame = {
      kind: 'leaf',
      tenant: draft.tenant,
      retention,
      bytes: leafBytes(envelope),
    };
    return { id: envelope.id, frame };
  };
  return {
    writer,
    get healthy() {
      return journal.healthy;
    },
    async record(draft, payload) {
      const frames: JournalFrame[] = [];
      let sealed: RecordEnvelope['payload'];
      if (payload !== undefined) {
        const body = parts.sealer.seal(draft.tenant, payload);
        frames.push({ kind: 'payload', tenant: draft.tenant, retention, bytes: body.bytes });
        sealed = { sha256: sha256Hex(body.bytes), bytes: payload.length, key: body.key };
      }
      const { id, frame } = leafFrame(draft, sealed);
      frames.push(frame);
      return { id, position: await append(journal, frames) };
    },
    async recordAll(drafts) {
      if (drafts.length === 0) return [];
      const leaves = drafts.map((draft) => leafFrame(draft));
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

  function envelopeOf(
    draft: RecordDraft,
    sequence: number,
    payload: RecordEnvelope['payload'],
  ): RecordEnvelope {
    const missing = missingParts(draft);
    if (missing.length > 0) {
      throw new BailiwickError('audit/unavailable', {
        message: `a record of type \`${draft.type}\` lacks ${missing.join(', ')}`,
      });
    }
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
}

async function append(journal: Journal, frames: readonly JournalFrame[]) {
  try {
    return await journal.append(frames);
  } catch (cause) {
    throw new BailiwickError('audit/unavailable', { cause });
  }
}

/** Counts per session: a hole is a missing record. What has no session counts under its writer. */
function sequences(): (draft: RecordDraft) => number {
  const counts = new Map<string, number>();
  return (draft) => {
    const key = `${draft.tenant}\n${draft.session ?? ''}`;
    const next = (counts.get(key) ?? 0) + 1;
    // Kept in order of last use, so that the session forgotten first is the one idle longest.
    counts.delete(key);
    counts.set(key, next);
    if (counts.size > rememberedSessions) {
      const oldest = counts.keys().next();
      if (oldest.done !== true) counts.delete(oldest.value);
    }
    return next;
  };
}

/** A leaf has a largest size; what does not fit stands there as its digest, never as nothing. */
function leafBytes(envelope: RecordEnvelope): Buffer {
  const bytes = canonicalBytes(envelope as unknown as JsonObject);
  if (bytes.length <= limits.recordBytes) return bytes;
  const details = canonicalBytes(envelope.details ?? {});
  const cut: RecordEnvelope = {
    ...envelope,
    details: { cut: true, bytes: details.length, sha256: sha256Hex(details) },
  };
  const shorter = canonicalBytes(cut as unknown as JsonObject);
  if (shorter.length > limits.recordBytes) {
    throw new BailiwickError('audit/unavailable', { message: 'a record is too large for a leaf' });
  }
  return shorter;
}
