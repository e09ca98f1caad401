import type { AppendOptions, Journal, JournalFrame, JournalPosition } from '#contracts/journal.ts';
import { commitment, sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { randomBytesFromPool } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Recorder } from './door.ts';
import { leafBytes } from './leaf.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { checkDraft } from './required.ts';
import { RecordIds } from './record-ids.ts';
import { Sequences } from './sequences.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly writer: string;
  readonly sealer: PayloadSealer;
  /** Retention class of this recorder's logs. */
  readonly retention?: string;
  /** Time of the newest id that stands in this writer's log. */
  readonly idsAfter?: number;
}

interface Leaf {
  readonly id: string;
  readonly frame: JournalFrame;
  readonly draft: RecordDraft;
  readonly sequence: number;
}

/** Turns drafts into leaves. Nothing is told to be recorded before it is on disk. */
export function createRecorder(parts: RecorderParts): Recorder {
  const { journal, writer } = parts;
  const leaves = new Leaves(parts);
  return {
    writer,
    get healthy() {
      return journal.healthy;
    },
    async record(draft, payload, options) {
      const body = payload === undefined ? undefined : sealBody(parts, draft.tenant, payload);
      const made = leaves.of([draft], body?.reference);
      const [leaf] = made;
      if (leaf === undefined) throw new BailiwickError('audit/unavailable');
      return { id: leaf.id, position: await leaves.append(made, body?.bytes, options) };
    },
    async recordAll(drafts, options) {
      if (drafts.length === 0) return [];
      const made = leaves.of(drafts);
      const position = await leaves.append(made, undefined, options);
      return made.map(({ id }) => ({ id, position }));
    },
    commit(bytes) {
      const salt = randomBytesFromPool(16);
      return { sha256: commitment(salt, bytes), salt: salt.toString('hex'), bytes: bytes.length };
    },
  };
}

/** Leaves and their numbers: a number is used by a record that is on disk, or by none. */
class Leaves {
  readonly #parts: RecorderParts;
  readonly #retention: string;
  readonly #sequences = new Sequences();
  readonly #ids: RecordIds;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#ids = new RecordIds(parts.idsAfter);
    this.#retention = parts.retention ?? 'standard';
  }

  /** All of them or none: a leaf that cannot be built gives its number back. */
  of(drafts: readonly RecordDraft[], payload?: RecordEnvelope['payload']): readonly Leaf[] {
    for (const draft of drafts) checkDraft(draft);
    const taken: Pick<Leaf, 'draft' | 'sequence'>[] = [];
    try {
      return drafts.map((draft): Leaf => {
        const sequence = this.#sequences.take(draft);
        taken.push({ draft, sequence });
        const envelope = this.#envelope(draft, sequence, payload);
        const bytes = leafBytes(envelope);
        const { tenant } = draft;
        const frame = { kind: 'leaf', tenant, retention: this.#retention, bytes } as const;
        return { id: envelope.id, frame, draft, sequence };
      });
    } catch (fault) {
      this.#giveBack(taken);
      throw unavailable(fault);
    }
  }

  /** The body stands before the leaf that names it, in one batch: never one without the other. */
  async append(
    leaves: readonly Leaf[],
    body: Uint8Array | undefined,
    options: AppendOptions | undefined,
  ): Promise<JournalPosition> {
    const frames: JournalFrame[] = leaves.map(({ frame }) => frame);
    const [first] = frames;
    if (body !== undefined && first !== undefined) {
      frames.unshift({ ...first, kind: 'payload', bytes: body });
    }
    try {
      return await this.#parts.journal.append(frames, options);
    } catch (fault) {
      this.#giveBack(leaves);
      throw unavailable(fault);
    }
  }

  #envelope(
    draft: RecordDraft,
    sequence: number,
    payload: RecordEnvelope['payload'],
  ): RecordEnvelope {
    const { clock, writer } = this.#parts;
    const now = clock.now();
    return {
      ...draft,
      schema: recordSchema,
      id: this.#ids.next(now),
      time: isoTime(now),
      monotonicUs: Math.round(clock.monotonic() * 1_000),
      writer,
      sequence,
      ...(payload === undefined ? {} : { payload }),
    };
  }

  #giveBack(taken: readonly Pick<Leaf, 'draft' | 'sequence'>[]): void {
    for (const { draft, sequence } of taken) this.#sequences.giveBack(draft, sequence);
  }
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

/** Whatever went wrong, the caller hears one thing: it is not on record, so it does not happen. */
function unavailable(cause: unknown): BailiwickError {
  const known = cause instanceof BailiwickError && cause.code === 'audit/unavailable';
  return known ? cause : new BailiwickError('audit/unavailable', { cause });
}
