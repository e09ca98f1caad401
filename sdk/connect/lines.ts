import { bounds } from './bounds.ts';

/** A line, or the news that one was too long to be kept. */
export type Line = Buffer | 'too-long';

const newline = 0x0a;

/**
 * Messages of a client, one a line. INVARIANT: a line over the bound is read past, never kept; the
 * next one is whole again. Nothing is read while nobody takes what was read.
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  most: number = bounds.messageBytes,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let isTooLong = false;
  const keep = (part: Uint8Array): void => {
    size += part.length;
    isTooLong ||= size > most;
    if (isTooLong) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): Line | undefined => {
    const line = isTooLong ? 'too-long' : trimmed(Buffer.concat(parts));
    parts = [];
    size = 0;
    isTooLong = false;
    return line.length === 0 ? undefined : line;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line !== undefined) yield line;
    }
    keep(chunk.subarray(from));
  }
  const rest = take();
  if (rest !== undefined) yield rest;
}

function trimmed(line: Buffer): Buffer {
  const text = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  return text.every((byte) => byte === 0x20 || byte === 0x09) ? Buffer.alloc(0) : text;
}

/** Line breaks stand between JSON's tokens only: as blanks they mean the same, and the message is one line. */
export function asOneLine(message: Uint8Array): Buffer {
  const line = Buffer.allocUnsafe(message.length + 1);
  line.set(message);
  for (let at = 0; at < message.length; at += 1) {
    if (line[at] === newline || line[at] === 0x0d) line[at] = 0x20;
  }
  line[message.length] = newline;
  return line;
}
