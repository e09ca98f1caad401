import { createGrowing } from './growing.ts';

const newline = 10;
const carriageReturn = 13;
const colon = 58;
const blank = 32;
const data = Buffer.from('data');

/** Takes chunks of an event stream; gives the data of whole events. */
export interface SseParser {
  /** Answers false when an event is too large. */
  push(chunk: Buffer): boolean;
  /** What came of an event that is not whole; the end of it, for nothing is read after that. */
  begun(): Buffer;
}

/** What an event stream says of itself. */
export interface StreamFields {
  onId(id: string): void;
  onRetry(ms: number): void;
}

/** INVARIANT: never holds more than `maxEventBytes` and one chunk, whatever the server sends. */
export function createSseParser(
  maxEventBytes: number,
  onEvent: (data: Buffer) => void,
  fields?: StreamFields,
): SseParser {
  const part = createGrowing();
  const event = createGrowing();
  let lines = 0;
  let afterReturn = false;

  const takeLine = (line: Buffer): void => {
    if (line.length > 0) {
      const value = dataOf(line);
      if (value === undefined) return fields === undefined ? undefined : takeField(line, fields);
      if (lines > 0) event.addByte(newline);
      lines += 1;
      event.add(value);
      return;
    }
    if (lines === 0) return;
    lines = 0;
    // An event without data only primes the stream.
    if (event.length > 0) onEvent(event.take());
  };

  return {
    push(chunk) {
      let start = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at];
        if (byte !== newline && byte !== carriageReturn) {
          afterReturn = false;
          continue;
        }
        const isSecond = byte === newline && afterReturn;
        afterReturn = byte === carriageReturn;
        if (!isSecond) {
          const end = chunk.subarray(start, at);
          if (part.length === 0) takeLine(end);
          else {
            part.add(end);
            takeLine(part.take());
          }
        }
        start = at + 1;
      }
      if (start < chunk.length) part.add(chunk.subarray(start));
      return part.length + event.length <= maxEventBytes;
    },
    begun() {
      const line = dataOf(part.take());
      if (line !== undefined) {
        if (lines > 0) event.addByte(newline);
        event.add(line);
      }
      return event.take();
    },
  };
}

function dataOf(line: Buffer): Buffer | undefined {
  if (line.length < data.length || line.compare(data, 0, data.length, 0, data.length) !== 0) {
    return undefined;
  }
  if (line.length === data.length) return line.subarray(data.length);
  if (line[data.length] !== colon) return undefined;
  return line.subarray(line[data.length + 1] === blank ? data.length + 2 : data.length + 1);
}

/** An id that could not stand in a header, or is long, is none. */
const idLine = /^id: ?([\x21-\x7e]{1,512})$/;
const retryLine = /^retry: ?(\d{1,9})$/;
const longestField = 520;

function takeField(line: Buffer, fields: StreamFields): void {
  if (line.length > longestField) return;
  const text = line.toString('latin1');
  const id = idLine.exec(text)?.[1];
  if (id !== undefined) return fields.onId(id);
  const retry = retryLine.exec(text)?.[1];
  if (retry !== undefined) fields.onRetry(Number(retry));
}
