import type { Commitment, RecordDraft, RecordEnvelope } from '#kernel/record.ts';
import type { Recorded, Recorder, RecordOptions } from './door.ts';

/** What was open at a place of the log; recovery need not look further back than it says. */
export interface Mark {
  /** Intents without an outcome. */
  readonly open: readonly string[];
  /** So many records before the mark were on their way when it was made: they are read as well. */
  readonly reach: number;
}

export interface MarkOptions {
  readonly recorder: Recorder;
  readonly tenant: string;
  /** False while something that recovery needs stands nowhere but in the log's end: no mark then. */
  readonly mayMark: () => boolean;
  readonly every?: number;
}

export interface MarkingRecorder extends Recorder {
  /** For the record of a stop. */
  mark(): Mark;
}

const usualDistance = 10_000;
/** More would not fit into one leaf; the mark is then made later. */
const mostOpen = 1_000;

/**
 * Counts what is open, and says so in the log every so many records: after a crash it is read back
 * to the newest mark, not to the beginning. INVARIANT: whatever a mark neither names nor reaches was
 * closed before it; records that were on their way count as before and behind it.
 */
export function markIntents(options: MarkOptions): MarkingRecorder {
  return new IntentMarks(options);
}

class IntentMarks implements MarkingRecorder {
  readonly #options: MarkOptions;
  readonly #every: number;
  readonly #open = new Set<string>();
  /** Numbers of the writes that have begun and are not noted yet, oldest first. */
  readonly #underWay = new Set<number>();
  #begun = 0;
  #markAt: number;

  constructor(options: MarkOptions) {
    this.#options = options;
    this.#every = options.every ?? usualDistance;
    this.#markAt = this.#every;
  }

  get writer(): string {
    return this.#options.recorder.writer;
  }

  get healthy(): boolean {
    return this.#options.recorder.healthy;
  }

  async record(
    draft: RecordDraft,
    payload?: Uint8Array,
    options?: RecordOptions,
  ): Promise<Recorded> {
    const number = this.#begin(1);
    let recorded: Recorded;
    try {
      recorded = await this.#options.recorder.record(draft, payload, options);
      this.#note(draft, recorded);
    } finally {
      this.#underWay.delete(number);
    }
    this.#markIfDue();
    return recorded;
  }

  async recordAll(
    drafts: readonly RecordDraft[],
    options?: RecordOptions,
  ): Promise<readonly Recorded[]> {
    const { recorder } = this.#options;
    const recorded = await this.#write(drafts, () => recorder.recordAll(drafts, options));
    this.#markIfDue();
    return recorded;
  }

  commit(bytes: Uint8Array, sha256?: string): Commitment {
    return this.#options.recorder.commit(bytes, sha256);
  }

  mark(): Mark {
    const oldest = this.#underWay.values().next().value;
    return { open: [...this.#open], reach: oldest === undefined ? 0 : this.#begun - oldest };
  }

  /** So many are under way from here until they are noted, without a gap between the two. */
  #begin(records: number): number {
    const number = this.#begun;
    this.#begun += records;
    this.#underWay.add(number);
    return number;
  }

  async #write(
    drafts: readonly RecordDraft[],
    work: () => Promise<readonly Recorded[]>,
  ): Promise<readonly Recorded[]> {
    const number = this.#begin(drafts.length);
    try {
      const recorded = await work();
      for (const [i, draft] of drafts.entries()) this.#note(draft, recorded[i]);
      return recorded;
    } finally {
      this.#underWay.delete(number);
    }
  }

  #note(draft: RecordDraft, recorded: Recorded | undefined): void {
    if (draft.type === 'policy.intent' && recorded !== undefined) this.#open.add(recorded.id);
    if (draft.type === 'policy.outcome') this.#open.delete(draft.intent ?? '');
  }

  #markIfDue(): void {
    if (this.#begun < this.#markAt) return;
    const ready = this.#open.size <= mostOpen && this.#options.mayMark();
    this.#markAt = this.#begun + (ready ? this.#every : Math.ceil(this.#every / 10));
    if (!ready) return;
    const draft = {
      type: 'log.marked',
      tenant: this.#options.tenant,
      actors: [{ kind: 'system', name: 'system/log' }],
    } as const;
    // A mark that cannot be written only makes the next recovery longer.
    void this.#write([draft], async () => [
      await this.#options.recorder.record({ ...draft, details: { ...this.mark() } }),
    ]).catch(() => undefined);
  }
}

export function isMark({ type, details }: RecordEnvelope): boolean {
  const marks = type === 'log.marked' || type === 'gateway.stopped';
  return marks && Array.isArray(details?.['open']) && Number.isSafeInteger(details['reach']);
}

export function markOf({ details }: RecordEnvelope): Mark {
  const open = details?.['open'];
  return {
    open: Array.isArray(open) ? open.filter((id) => typeof id === 'string') : [],
    reach: Number(details?.['reach'] ?? 0),
  };
}
