import type { AppendOptions, Journal, JournalFrame } from '#contracts/journal.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type RecordDraft, recordSchema } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Recorded, Recorder } from './door.ts';
import { leafBytes } from './leaf.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { checkDraft } from './required.ts';
import { RecordIds } from './record-ids.ts';
import { type Salts, saltedCommitment, saltsOf } from './salted-body.ts';
import type { SealedBody } from './sealed-body.ts';
import { type Numbered, Sequences } from './sequences.ts';
import { sealTyped } from './typed-words.ts';
import type { Stamp } from './usual-leaf.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly writer: string;
  readonly sealer: Pick<PayloadSealer, 'seal' | 'sealFor'>;
  /** Of who records what people do: what they typed stands sealed in the leaf. */
  readonly sealsTyped?: boolean;
  /** Retention class of this recorder's logs. */
  readonly retention?: string;
  /** Time of the newest id that stands in this writer's log. */
  readonly idsAfter?: number;
  /** Which environment this is, where whoever started it says so. */
  readonly environment?: string | undefined;
  /** So many records more are on disk. */
  readonly onWritten?: (records: number) => void;
}

interface Leaf {
  readonly id: string;
  readonly frame: JournalFrame;
  readonly draft: RecordDraft;
  readonly numbered: Numbered;
}

type GrowingStamp = { -readonly [Part in keyof Stamp]: Stamp[Part] };

/** Turns drafts into leaves. Nothing is told to be recorded before it is on disk. */
export function createRecorder(parts: RecorderParts): Recorder {
  const { journal, writer, sealer, sealsTyped = false } = parts;
  const leaves = new Leaves(parts);
  return {
    writer,
    get healthy() {
      return journal.healthy;
    },
    async record(given, payload, options) {
      // First: a draft that is no record leaves no key of a subject behind.
      checkDraft(given);
      const draft = sealsTyped ? await sealTyped(sealer, given, options?.about) : given;
      const { tenant } = draft;
      const salts = saltsOf(draft);
      const subject = options?.subject;
      const coming =
        payload === undefined
          ? salts && sealSalts(parts, { tenant, subject, salts })
          : sealBody(parts, { tenant, subject, salts, payload });
      // Only what waits for a key waits here: everything else is sealed at once.
      const body = coming instanceof Promise ? await coming : coming;
      const leaf = leaves.of(draft, body?.reference);
      return leaves.append(leaf, body?.bytes, options);
    },
    async recordAll(given, options) {
      if (given.length === 0) return [];
      for (const draft of given) checkDraft(draft);
      const drafts = sealsTyped
        ? await Promise.all(given.map((one) => sealTyped(sealer, one, options?.about)))
        : given;
      const made = leaves.all(drafts);
      return leaves.appendAll(made, options);
    },
    commit(bytes, sha256 = sha256Hex(bytes)) {
      return saltedCommitment(sha256, bytes.length);
    },
  };
}

/** Leaves and their numbers: a number is used by a record that is on disk, or by none. */
class Leaves {
  readonly #parts: RecorderParts;
  readonly #retention: string;
  readonly #sequences: Sequences;
  readonly #ids: RecordIds;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#ids = new RecordIds(parts.idsAfter);
    this.#sequences = new Sequences(parts.idsAfter);
    this.#retention = parts.retention ?? 'standard';
  }

  /** A leaf that cannot be built gives its number back. */
  of(draft: RecordDraft, payload?: Stamp['payload']): Leaf {
    const now = this.#parts.clock.now();
    const numbered = this.#sequences.take(draft, now);
    try {
      const stamp = this.#stamp(numbered, now, payload);
      const bytes = leafBytes(draft, stamp);
      const frame = {
        kind: 'leaf',
        tenant: draft.tenant,
        retention: this.#retention,
        bytes,
      } as const;
      return { id: stamp.id, frame, draft, numbered };
    } catch (fault) {
      this.#sequences.giveBack(draft, numbered);
      throw unavailable(fault);
    }
  }

  /** All of them or none. */
  all(drafts: readonly RecordDraft[]): readonly Leaf[] {
    const made: Leaf[] = [];
    try {
      for (const draft of drafts) made.push(this.of(draft));
      return made;
    } catch (fault) {
      this.#giveBack(made);
      throw fault;
    }
  }

  /** The body stands before the leaf that names it, in one batch: never one without the other. */
  async append(
    leaf: Leaf,
    body: Buffer | undefined,
    options: AppendOptions | undefined,
  ): Promise<Recorded> {
    const { id, frame } = leaf;
    const { tenant, retention } = frame;
    const frames: readonly JournalFrame[] =
      body === undefined ? [frame] : [{ kind: 'payload', tenant, retention, bytes: body }, frame];
    try {
      const position = await this.#parts.journal.append(frames, options);
      this.#parts.onWritten?.(1);
      return { id, position };
    } catch (fault) {
      this.#sequences.giveBack(leaf.draft, leaf.numbered);
      throw unavailable(fault);
    }
  }

  async appendAll(
    leaves: readonly Leaf[],
    options: AppendOptions | undefined,
  ): Promise<readonly Recorded[]> {
    try {
      const frames = leaves.map(({ frame }) => frame);
      const position = await this.#parts.journal.append(frames, options);
      this.#parts.onWritten?.(leaves.length);
      return leaves.map(({ id }) => ({ id, position }));
    } catch (fault) {
      this.#giveBack(leaves);
      throw unavailable(fault);
    }
  }

  #stamp({ sequence, life }: Numbered, now: number, payload: Stamp['payload']): Stamp {
    const { clock, writer, environment } = this.#parts;
    // Member by member, because spreading is dear on the way of every call.
    const stamp: GrowingStamp = {
      schema: recordSchema,
      id: this.#ids.next(now),
      time: isoTime(now),
      monotonicUs: Math.round(clock.monotonic() * 1_000),
      writer,
      sequence,
      life,
    };
    if (environment !== undefined) stamp.environment = environment;
    if (payload !== undefined) stamp.payload = payload;
    return stamp;
  }

  #giveBack(leaves: readonly Leaf[]): void {
    for (const { draft, numbered } of leaves) this.#sequences.giveBack(draft, numbered);
  }
}

interface Body {
  readonly tenant: string;
  readonly subject: string | undefined;
  readonly salts: Salts | undefined;
  readonly payload: Uint8Array;
}

type Referred = { readonly bytes: Buffer; readonly reference: NonNullable<Stamp['payload']> };

function sealBody({ sealer }: RecorderParts, body: Body): Referred | Promise<Referred> {
  const { tenant, subject, salts, payload } = body;
  checkSize(payload);
  try {
    const sealed =
      subject === undefined
        ? sealer.seal(tenant, payload, salts?.bytes)
        : sealer.sealFor(tenant, subject, payload, salts?.bytes);
    return sealed instanceof Promise ? referredLater(sealed, body) : referred(sealed, body);
  } catch (fault) {
    throw unavailable(fault);
  }
}

const noWords = new Uint8Array(0);

/**
 * Of a record whose words are not kept. Where no key can be had its commitments are opened by nobody: that
 * a call was refused is on record all the same.
 */
async function sealSalts(
  parts: RecorderParts,
  of: Omit<Body, 'payload'>,
): Promise<Referred | undefined> {
  try {
    return await sealBody(parts, { ...of, payload: noWords });
  } catch {
    return undefined;
  }
}

async function referredLater(sealed: Promise<SealedBody>, body: Body): Promise<Referred> {
  try {
    return referred(await sealed, body);
  } catch (fault) {
    throw unavailable(fault);
  }
}

function checkSize(payload: Uint8Array): void {
  if (payload.length > limits.payloadBytes) throw new BailiwickError('audit/record-too-large');
}

function referred({ bytes, key }: SealedBody, { payload, salts }: Body): Referred {
  const sha256 = sha256Hex(bytes);
  const { length } = payload;
  return {
    bytes,
    reference:
      salts === undefined
        ? { sha256, bytes: length, key }
        : { sha256, bytes: length, key, salts: salts.names },
  };
}

/** Whatever went wrong, the caller hears one thing: it is not on record, so it does not happen. */
function unavailable(cause: unknown): BailiwickError {
  const known = cause instanceof BailiwickError && cause.code === 'audit/unavailable';
  return known ? cause : new BailiwickError('audit/unavailable', { cause });
}
