import { createSseParser } from '../../bytes/event-stream.ts';
import type { FailedGeneration } from '#contracts/model-provider.ts';
import type { StreamEnd, StreamEvent, Streamed } from '#contracts/streamed.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type ChunkReader, createChunkReader } from './chunk.ts';
import { saidIn } from './error-body.ts';
import type { Exchange, Piece } from './exchange.ts';
import { lost, protocolBroken, tooLarge, upstreamError } from './failed.ts';

/** An event of a stream says a few letters and much about them. */
const framingFactor = 64;
/** Room for what stands around a text in its event. */
const eventRoom = 65_536;

export interface AnswerBounds {
  readonly answerBytes: number;
  /** As many as were asked for. */
  readonly choices: number;
}

/** A stream that has begun. INVARIANT: nothing is thrown out of it; how it ends is its last word. */
export function streamed(running: Exchange, bounds: AnswerBounds): Streamed {
  return {
    events: readStream(running, bounds),
    cancel: () => running.end('cancelled'),
  };
}

/** INVARIANT: it ends well only by the provider's own word, with every choice finished. */
async function* readStream(
  running: Exchange,
  bounds: AnswerBounds,
): AsyncGenerator<StreamEvent | StreamEnd, void, undefined> {
  const reading = new Reading(bounds);
  try {
    for (;;) {
      const piece = await running.next();
      if (piece.kind === 'bytes') reading.push(piece.bytes);
      yield* reading.take();
      const failed = reading.failed() ?? lostEnd(piece, running, bounds.answerBytes);
      if (reading.isDone()) {
        running.letGo();
        return yield reading.complete();
      }
      if (failed !== undefined) return yield broken(failed);
    }
  } finally {
    // Whoever stops reading ends the generation: it costs as long as it goes on.
    if (!reading.isDone()) running.end('closed');
  }
}

function lostEnd(
  piece: Piece,
  running: Exchange,
  answerBytes: number,
): FailedGeneration | undefined {
  if (piece.kind === 'bytes') return undefined;
  if (piece.kind === 'lost') return lost(piece.why, running.sent(), answerBytes);
  return protocolBroken('its stream ended before its answer did');
}

function broken({ refusal, effect, said }: FailedGeneration): StreamEnd {
  return { kind: 'broken', refusal, effect, ...(said === undefined ? {} : { said }) };
}

class Reading {
  readonly #answerBytes: number;
  readonly #chunks: ChunkReader;
  readonly #parser: ReturnType<typeof createSseParser>;
  #events: StreamEvent[] = [];
  #failed: FailedGeneration | undefined;
  #done = false;
  #received = 0;
  #said = 0;

  constructor({ answerBytes, choices }: AnswerBounds) {
    this.#chunks = createChunkReader(choices);
    this.#answerBytes = answerBytes;
    this.#parser = createSseParser(answerBytes + eventRoom, (data) => this.#takeData(data));
  }

  push(bytes: Buffer): void {
    this.#received += bytes.length;
    const most = Math.max(limits.upstreamMessageBytes, framingFactor * this.#answerBytes);
    const fits = this.#parser.push(bytes) && this.#received <= most;
    if (!fits) this.#fail(tooLarge(this.#answerBytes));
  }

  take(): readonly StreamEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  failed(): FailedGeneration | undefined {
    return this.#failed;
  }

  isDone(): boolean {
    return this.#done;
  }

  complete(): StreamEnd {
    const usage = this.#chunks.usage();
    return { kind: 'complete', ...(usage === undefined ? {} : { usage }) };
  }

  #takeData(data: Buffer): void {
    if (this.#failed !== undefined || this.#done) return;
    if (data.length === doneMark.length && data.equals(doneMark)) return this.#finish();
    let value: unknown;
    try {
      value = parseJson(data, { maxBytes: this.#answerBytes + eventRoom });
    } catch {
      return this.#fail(protocolBroken('an event of its stream is not strict JSON'));
    }
    if (isJsonObject(value) && value['error'] !== undefined && value['error'] !== null) {
      const said = saidIn(value);
      return this.#fail(upstreamError({ status: 0, said, retryAfter: undefined }));
    }
    this.#takeChunk(this.#chunks.read(value));
  }

  #takeChunk(events: readonly StreamEvent[] | undefined): void {
    if (events === undefined) {
      return this.#fail(protocolBroken('an event of its stream is no chunk of an answer'));
    }
    for (const event of events) {
      if (event.kind === 'text') this.#said += Buffer.byteLength(event.text);
    }
    if (this.#said > this.#answerBytes) return this.#fail(tooLarge(this.#answerBytes));
    this.#events.push(...events);
  }

  #finish(): void {
    if (this.#chunks.isFinished()) this.#done = true;
    else this.#fail(protocolBroken('its stream ended before its answer did'));
  }

  #fail(failed: FailedGeneration): void {
    this.#failed ??= failed;
  }
}

const doneMark = Buffer.from('[DONE]');
