import type { StreamEnd, Streamed } from '#contracts/streamed.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { TakenStream, Window, WindowsEnd } from '../taken-stream.ts';
import type { StreamBounds } from './bounds.ts';
import { type StreamCleaning, StreamContent } from './content.ts';
import { type Read, StreamReader } from './reader.ts';
import type { Timer } from './timer.ts';

type Broken = Extract<StreamEnd, { kind: 'broken' }>;

export interface WindowsAsk {
  readonly streamed: Streamed;
  readonly cleaning: StreamCleaning & {
    /** What is told of why the upstream says that it broke. */
    readonly broken: (end: Broken) => { readonly refusal: Refusal; readonly heard: boolean };
  };
  readonly bounds: StreamBounds;
  readonly timer: Timer;
}

/**
 * A stream, cut into windows of at most `limits.windowBytes` and `limits.windowMs`. Nothing is read
 * while a window waits to be taken. INVARIANT: it ends once, whatever the upstream does; when it
 * breaks off, is too long, too slow or not what it should be, it is let go, what is held back is
 * never told, and the effect is `unknown`.
 */
export function cutIntoWindows(ask: WindowsAsk): TakenStream {
  const cutter = new Cutter(ask);
  return { kind: 'stream', windows: windowsOf(cutter), cancel: () => cutter.letGo() };
}

async function* windowsOf(cutter: Cutter): AsyncGenerator<Window | WindowsEnd, void, undefined> {
  try {
    let next: Window | WindowsEnd;
    do {
      next = await cutter.next();
      yield next;
    } while (next.kind === 'window');
  } finally {
    cutter.letGo();
  }
}

class Cutter {
  readonly #ask: WindowsAsk;
  readonly #reader: StreamReader;
  readonly #content: StreamContent;
  readonly #endsAt: number;
  /** When it last said something, or was first waited for since. */
  #heardAt: number;
  /** Since when something lies ready to leave. */
  #readySince: number | undefined;
  #end: WindowsEnd | undefined;

  constructor(ask: WindowsAsk) {
    const { streamed, cleaning, bounds, timer } = ask;
    this.#ask = ask;
    this.#reader = new StreamReader(streamed, timer, bounds.signal);
    this.#content = new StreamContent(cleaning, bounds.codes, bounds.bytes);
    this.#heardAt = timer.now();
    this.#endsAt = this.#heardAt + bounds.totalMs;
  }

  letGo(): void {
    this.#reader.letGo();
    this.#end ??= endOf(refusal('gateway/cancelled'));
  }

  async next(): Promise<Window | WindowsEnd> {
    const { queue } = this.#content;
    this.#heardAt = this.#ask.timer.now();
    while (this.#end === undefined && !this.#isDue()) await this.#read();
    if (queue.isEmpty) return this.#end ?? endOf(refusal('gateway/internal'));
    const { events } = queue.cut();
    this.#readySince = queue.isEmpty ? undefined : this.#ask.timer.now();
    return { kind: 'window', events, redactions: this.#content.redactions() };
  }

  /** A window is full, or has waited long enough. */
  #isDue(): boolean {
    if (this.#content.queue.bytes >= limits.windowBytes) return true;
    return this.#readySince !== undefined && this.#ask.timer.now() >= this.#leavesAt();
  }

  #leavesAt(): number {
    return (this.#readySince ?? Number.POSITIVE_INFINITY) + limits.windowMs;
  }

  async #read(): Promise<void> {
    const { bounds, timer } = this.#ask;
    const late = Math.min(this.#endsAt, this.#heardAt + bounds.idleMs);
    const read = await this.#reader.next(
      Math.max(0, Math.min(late, this.#leavesAt()) - timer.now()),
    );
    if (this.#end !== undefined) return;
    if (bounds.signal.aborted) return this.#break(refusal('gateway/cancelled'));
    if (timer.now() >= late) return this.#break(this.#tooSlow());
    if (read !== undefined) this.#take(read);
  }

  #take(read: Read): void {
    if (read.kind === 'lost') return this.#break(this.#lost());
    const { event } = read;
    try {
      if (event.kind === 'complete') this.#complete(event);
      else if (event.kind === 'broken') this.#broken(event);
      else if (this.#content.take(event)) this.#heardAt = this.#ask.timer.now();
    } catch (fault) {
      const isOurs = fault instanceof BailiwickError;
      this.#break(isOurs ? fault.toRefusal() : refusal('gateway/internal'));
    }
    if (!this.#content.queue.isEmpty) this.#readySince ??= this.#ask.timer.now();
  }

  #complete({ usage }: Extract<StreamEnd, { kind: 'complete' }>): void {
    this.#content.flush();
    const counted = this.#content.usage(usage);
    this.#end = {
      kind: 'end',
      refusal: undefined,
      effect: 'done',
      heard: false,
      usage: counted === undefined ? undefined : { ...counted, estimated: false },
    };
    this.#reader.finish();
  }

  #broken(end: Broken): void {
    const { refusal: no, heard } = this.#ask.cleaning.broken(end);
    // It had begun to answer: that nothing was done is not believed.
    this.#break(no, { heard, effect: end.effect === 'none' ? 'unknown' : end.effect });
  }

  #break(no: Refusal, known: Partial<WindowsEnd> = {}): void {
    this.#end ??= { ...endOf(no), ...known };
    this.#reader.letGo();
  }

  #tooSlow(): Refusal {
    const { bounds, timer } = this.#ask;
    const message =
      timer.now() >= this.#endsAt
        ? 'its answer did not end in time'
        : 'it fell silent in its answer';
    return refusal(bounds.codes.timeout, { message });
  }

  #lost(): Refusal {
    return refusal(this.#ask.bounds.codes.protocol, {
      message: 'its answer broke off without an end',
    });
  }
}

function endOf(no: Refusal): WindowsEnd {
  return { kind: 'end', refusal: no, effect: 'unknown', heard: false, usage: undefined };
}
