import { limits } from '#kernel/limits.ts';
import { createGrowing, type Growing } from '../../bytes/growing.ts';
import { createSseParser } from '../../bytes/event-stream.ts';

/** A response body while it arrives; `push` answers false when it is too large. */
export interface Body {
  push(chunk: Buffer): boolean;
  /** All of it; undefined for a stream, which gave its events on the way. */
  whole(): Buffer | undefined;
}

const empty: Buffer = Buffer.alloc(0);

export function createJsonBody({ maxBytes }: { readonly maxBytes: number }): Body {
  // Most answers are one chunk: it is kept as it is.
  let first: Buffer = empty;
  let all: Growing | undefined;
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) return false;
      if (bytes === chunk.length) {
        first = chunk;
        return true;
      }
      if (all === undefined) {
        all = createGrowing();
        all.add(first);
      }
      all.add(chunk);
      return true;
    },
    whole: () => (all === undefined ? first : all.take()),
  };
}

export function createStreamBody(options: {
  readonly maxBytes: number;
  readonly onData: (data: Buffer) => void;
}): Body {
  const total = Math.max(limits.upstreamMessageBytes, options.maxBytes);
  const parser = createSseParser(options.maxBytes, options.onData);
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      return bytes <= total && parser.push(chunk);
    },
    whole: () => undefined,
  };
}
