import { bounds, type Held } from './bounds.ts';
import { ConnectProblem } from './problem.ts';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly data: Buffer;
}

export interface EventSink {
  /** Whether the next event may be read waits for it. */
  event(one: StreamEvent): Promise<void>;
  /** How long the server wants us to stay away before we come back. */
  retry(milliseconds: number): void;
}

const empty = Buffer.alloc(0);
const newline = 0x0a;
const carriage = 0x0d;

/**
 * A stream of server-sent events, as bytes: an event at a time, the next one when it was taken.
 * INVARIANT: never more is kept than one event and one piece of the network.
 */
export async function readEvents(
  source: AsyncIterable<Uint8Array>,
  sink: EventSink,
  held: Held,
): Promise<void> {
  const reader = new EventReader();
  for await (const chunk of source) {
    if (!held.take(chunk.length)) throw tooMuch();
    try {
      for (const one of reader.read(chunk)) await told(sink, one);
    } finally {
      held.give(chunk.length);
    }
  }
}

async function told(sink: EventSink, one: StreamEvent | { readonly retry: number }): Promise<void> {
  if ('retry' in one) sink.retry(one.retry);
  else await sink.event(one);
}

function tooMuch(): ConnectProblem {
  return new ConnectProblem(
    'connect/too-large',
    'the gateway sent more at once than a bridge holds',
    'ask for less at once',
  );
}

class EventReader {
  /** The beginning of a line whose end has not come. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #data: Buffer[] = [];
  #dataBytes = 0;
  #id: string | undefined;
  #afterCarriage = false;

  *read(chunk: Uint8Array): Generator<StreamEvent | { readonly retry: number }> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte !== newline && byte !== carriage) {
        this.#afterCarriage = false;
        continue;
      }
      const isSecondHalf = byte === newline && this.#afterCarriage;
      this.#afterCarriage = byte === carriage;
      if (!isSecondHalf) {
        const told = this.#line(this.#whole(bytes.subarray(from, at)));
        if (told !== undefined) yield told;
      }
      from = at + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#restBytes + this.#dataBytes > bounds.messageBytes) throw tooMuch();
    this.#rest.push(Buffer.from(part));
  }

  #whole(end: Buffer): Buffer {
    if (this.#restBytes === 0) return end;
    const line = Buffer.concat([...this.#rest, end]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #line(line: Buffer): StreamEvent | { readonly retry: number } | undefined {
    if (line.length === 0) return this.#dispatch();
    const colon = line.indexOf(0x3a);
    if (colon === 0) return undefined;
    const field = (colon < 0 ? line : line.subarray(0, colon)).toString('latin1');
    const value = colon < 0 ? empty : line.subarray(colon + (line[colon + 1] === 0x20 ? 2 : 1));
    if (field === 'data') {
      this.#dataBytes += value.length + 1;
      if (this.#dataBytes > bounds.messageBytes) throw tooMuch();
      this.#data.push(Buffer.from(value));
    }
    if (field === 'id' && value.length <= 1_024) this.#id = value.toString('utf8');
    const text = field === 'retry' ? value.toString('latin1') : '';
    return /^\d{1,6}$/.test(text) ? { retry: Number(text) } : undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const parts = this.#data;
    const event = { id: this.#id, data: joined(parts) };
    this.#data = [];
    this.#dataBytes = 0;
    return parts.length === 0 ? undefined : event;
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const [first = empty] = parts;
  if (parts.length === 1) return first;
  return Buffer.concat(
    parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from('\n'), part])),
  );
}
