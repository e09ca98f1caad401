import type {
  AppendOptions,
  Journal,
  JournalFrame,
  JournalPosition,
  JournalReader,
  RecoveredFrame,
} from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';

const logName = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const maxPayloadBytes = 8 * 1024 * 1024;

interface Waiting {
  readonly frames: readonly RecoveredFrame[];
  readonly resolve: (position: JournalPosition) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A journal in memory that keeps the promises of the contract and can be told to fail or to hang.
 * Frames are shown once they are "on disk", never while they hang.
 */
export class FakeJournal implements Journal {
  readonly #durable: RecoveredFrame[] = [];
  readonly #waiting: Waiting[] = [];
  #written = 0;
  #hanging = false;
  #broken = false;
  #closed = false;
  #full = false;
  /** Reserved appends that a full disk still takes. */
  #reserved = 0;
  #lastRefused = false;

  get healthy(): boolean {
    return !this.#broken && !this.#closed && !this.#lastRefused;
  }

  /** Everything on disk, in order. */
  get frames(): readonly RecoveredFrame[] {
    return this.#durable;
  }

  /** The leaves on disk as texts. */
  get leaves(): readonly string[] {
    return this.#durable
      .filter(({ kind }) => kind === 'leaf')
      .map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
  }

  /** The disk says EIO from now on: what waits is refused, and so is everything after it. */
  fail(): void {
    this.#broken = true;
    for (const one of this.#waiting.splice(0)) one.reject(failed());
  }

  /** No room from now on, but for so many appends that may use what is set aside. */
  fill(reserved = 3): void {
    this.#full = true;
    this.#reserved = reserved;
  }

  /** There is room again: the next append goes through as if nothing had been. */
  makeRoom(): void {
    this.#full = false;
  }

  /** From now on nothing reaches the disk, and nobody is answered, until `resume`. */
  hang(): void {
    this.#hanging = true;
  }

  resume(): void {
    this.#hanging = false;
    this.#flush();
  }

  async append(
    frames: readonly JournalFrame[],
    { reserved = false }: AppendOptions = {},
  ): Promise<JournalPosition> {
    if (this.#broken || this.#closed) throw failed();
    for (const frame of frames) check(frame);
    if (this.#full && !(reserved && this.#reserved > 0)) {
      this.#lastRefused ||= !reserved;
      throw new BailiwickError('audit/unavailable', { message: 'no room on disk' });
    }
    if (this.#full) this.#reserved -= 1;
    else this.#lastRefused = false;
    const placed = frames.map((frame) => this.#place(frame));
    const done = new Promise<JournalPosition>((resolve, reject) => {
      this.#waiting.push({ frames: placed, resolve, reject });
    });
    // A real disk answers later: whoever does not wait sees nothing durable yet.
    if (!this.#hanging) queueMicrotask(() => this.#flush());
    return done;
  }

  async close(): Promise<void> {
    this.#flush();
    this.#closed = true;
  }

  /** Opened again after `close`, as after a restart. */
  reopen(): this {
    this.#closed = false;
    return this;
  }

  reader(): JournalReader {
    return {
      read: (after, limit) => {
        const rest = this.#durable.filter(
          ({ position }) => after === undefined || position.offset > after.offset,
        );
        return rest.slice(0, limit);
      },
      // Segments go whole and late: keeping everything is allowed by the contract.
      release: () => undefined,
    };
  }

  #place(frame: JournalFrame): RecoveredFrame {
    this.#written += frame.bytes.length + 32;
    const position = { segment: 1, offset: this.#written };
    return { ...frame, bytes: Uint8Array.from(frame.bytes), position };
  }

  #flush(): void {
    if (this.#hanging || this.#broken) return;
    for (const { frames, resolve } of this.#waiting.splice(0)) {
      this.#durable.push(...frames);
      resolve(frames.at(-1)?.position ?? { segment: 1, offset: this.#written });
    }
  }
}

function check(frame: JournalFrame): void {
  if (!logName.test(frame.tenant) || !logName.test(frame.retention)) {
    throw new BailiwickError('audit/unavailable');
  }
  const most = frame.kind === 'leaf' ? limits.recordBytes : maxPayloadBytes;
  if (frame.bytes.length === 0 || frame.bytes.length > most) {
    throw new BailiwickError('audit/record-too-large');
  }
}

function failed(): BailiwickError {
  return new BailiwickError('audit/journal-failed');
}
