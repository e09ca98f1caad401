import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type {
  AuditFilter,
  AuditReader,
  FoundRecord,
  RecordPage,
  Recorder,
} from '#planes/audit/index.ts';

const position = { segment: 1, offset: 0 };

/** A log in memory that can be written and read; while it is `failing`, nothing can be recorded. */
export class FakeLog implements Recorder, AuditReader {
  readonly writer = 'control-1';
  readonly drafts: RecordDraft[] = [];
  /** What is sure to be recorded later, once the log works again. */
  readonly owed: RecordDraft[] = [];
  failing = false;
  /** Of which drafts the log fails, beside all of them. */
  refuses: (draft: RecordDraft) => boolean = () => false;
  /** What happens just before a draft is written. */
  before: (draft: RecordDraft) => Promise<unknown> = async () => undefined;
  readonly #clock: Clock;
  readonly #found: FoundRecord[] = [];
  readonly #bodies = new Map<string, Buffer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get healthy(): boolean {
    return !this.failing;
  }

  async record(draft: RecordDraft, payload?: Uint8Array) {
    await this.before(draft);
    if (this.failing || this.refuses(draft)) throw new BailiwickError('audit/unavailable');
    this.drafts.push(draft);
    const record = this.#envelope(draft, payload);
    this.#found.push({ origin: `log/${draft.tenant}`, index: this.#found.length, record });
    return { id: record.id, position };
  }

  async owe(draft: RecordDraft): Promise<void> {
    this.owed.push(draft);
  }

  async recordAll(drafts: readonly RecordDraft[]) {
    const written = [];
    for (const draft of drafts) written.push(await this.record(draft));
    return written;
  }

  commit(): never {
    throw new Error('no desk commits to bytes');
  }

  async tail({ tenant, limit, type }: AuditFilter): Promise<readonly FoundRecord[]> {
    const own = this.#found.filter(
      ({ record }) => record.tenant === tenant && (type ?? record.type) === record.type,
    );
    return own.slice(-limit);
  }

  async page({ behind, ...filter }: Parameters<AuditReader['page']>[0]): Promise<RecordPage> {
    const all = await this.tail({ ...filter, limit: Infinity });
    const end = behind?.get('fake') ?? all.length;
    const at = Math.max(0, end - filter.limit);
    const more = at === 0 ? undefined : new Map([['fake', at]]);
    return { records: all.slice(at, end), behind: more };
  }

  async show(tenant: string, id: string): Promise<FoundRecord | undefined> {
    return this.#found.find(({ record }) => record.tenant === tenant && record.id === id);
  }

  async proof(tenant: string, id: string): Promise<string | undefined> {
    return (await this.show(tenant, id)) === undefined ? undefined : `proof of ${id}`;
  }

  async leaf(tenant: string, id: string): Promise<Uint8Array | undefined> {
    const found = await this.show(tenant, id);
    return found && Buffer.from(JSON.stringify(found.record));
  }

  async payload({ record: { id } }: FoundRecord): Promise<Buffer | undefined> {
    return this.#bodies.get(id);
  }

  async opened(found: FoundRecord): ReturnType<AuditReader['opened']> {
    const words = await this.payload(found);
    return words && { words, commitments: [], proves: undefined };
  }

  #envelope(draft: RecordDraft, body?: Uint8Array): RecordEnvelope {
    const now = this.#clock.now();
    const id = newId(now);
    if (body !== undefined) this.#bodies.set(id, Buffer.from(body));
    const payload = body && { sha256: 'a'.repeat(64), bytes: body.length, key: 'handle' };
    return {
      ...(payload === undefined ? {} : { payload }),
      ...draft,
      schema: recordSchema,
      id,
      time: isoTime(now),
      monotonicUs: Math.round(this.#clock.monotonic() * 1_000),
      writer: this.writer,
      sequence: this.#found.length,
    };
  }
}
