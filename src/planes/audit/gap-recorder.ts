import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Commitment, RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorded, Recorder, RecordOptions } from './door.ts';
import { Gaps } from './gaps.ts';

/** Where a gap stands until it is on record, so that an end of this process loses none. */
export interface GapMemory {
  /** What was kept last; undefined for nothing. */
  read(): string | undefined;
  /** On a disk that takes nothing it may fail, and says nothing then. */
  keep(text: string): void;
}

export interface GapOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly memory: GapMemory;
}

/** So often at most a gap is kept, and so often it is tried to put it on record. */
const everyMs = 1_000;

export interface GapRecorder extends Recorder {
  /** Puts on record what could not be recorded, once the log works again; for whoever looks now and then. */
  look(): Promise<void>;
  /** The same at a stop: now or never, so also where it was just tried, and where the log was not well. */
  lastLook(): Promise<void>;
}

/**
 * INVARIANT: a record that was refused because it could not be written is counted, and that count is on record as soon
 * as something can be written again (`log.gap`), by this life or the next.
 */
export function recordGaps(options: GapOptions): GapRecorder {
  return new GapsOnRecord(options);
}

class GapsOnRecord implements GapRecorder {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #memory: GapMemory;
  readonly #gaps: Gaps;
  #keptAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor({ recorder, clock, memory }: GapOptions) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#memory = memory;
    this.#gaps = new Gaps(clock);
    this.#gaps.restore(parsed(memory.read()));
  }

  get writer(): string {
    return this.#recorder.writer;
  }

  get healthy(): boolean {
    return this.#recorder.healthy;
  }

  commit(bytes: Uint8Array, sha256?: string): Commitment {
    return this.#recorder.commit(bytes, sha256);
  }

  record(draft: RecordDraft, payload?: Uint8Array, options?: RecordOptions): Promise<Recorded> {
    return this.#noting([draft], this.#recorder.record(draft, payload, options));
  }

  recordAll(drafts: readonly RecordDraft[], options?: RecordOptions): Promise<readonly Recorded[]> {
    return this.#noting(drafts, this.#recorder.recordAll(drafts, options));
  }

  async #noting<Answer>(
    drafts: readonly RecordDraft[],
    recording: Promise<Answer>,
  ): Promise<Answer> {
    try {
      const answer = await recording;
      if (!this.#gaps.isEmpty) void this.look();
      return answer;
    } catch (fault) {
      if (this.#gaps.note(drafts, fault)) this.#keepNowAndThen();
      throw fault;
    }
  }

  async look(): Promise<void> {
    if (this.#looking !== undefined) return this.#looking;
    if (this.#gaps.isEmpty) return;
    this.#keepNowAndThen();
    const now = this.#clock.monotonic();
    if (!this.#recorder.healthy || now - this.#triedAt < everyMs) return;
    this.#triedAt = now;
    this.#looking = this.#write().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async lastLook(): Promise<void> {
    await this.#looking;
    if (this.#gaps.isEmpty) return;
    this.#keep();
    await this.#write();
  }

  async #write(): Promise<void> {
    const drafts = this.#gaps.take(this.#recorder.writer);
    try {
      await this.#recorder.recordAll(drafts);
    } catch {
      this.#gaps.putBack(drafts);
    }
    this.#keep();
  }

  #keepNowAndThen(): void {
    if (this.#clock.monotonic() - this.#keptAt >= everyMs) this.#keep();
  }

  #keep(): void {
    this.#keptAt = this.#clock.monotonic();
    this.#memory.keep(this.#gaps.isEmpty ? '' : canonicalText(this.#gaps.told()));
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined || text === '' ? undefined : parseJson(Buffer.from(text));
  } catch {
    return undefined;
  }
}
