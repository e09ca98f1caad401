import { limits } from '#kernel/limits.ts';
import { createGrowing } from '../../bytes/growing.ts';
import { createSseParser, type StreamFields } from '../../bytes/event-stream.ts';

/** A response body while it arrives; `push` answers false when it is too large. */
export interface Body {
  push(chunk: Buffer): boolean;
  /** All of it; undefined for a stream, which gave its events on the way. */
  whole(): Buffer | undefined;
  /** Of what was too large, as much as may be kept of it. */
  begun(): Buffer;
}

export function createJsonBody({ maxBytes }: { readonly maxBytes: number }): Body {
  const all = createGrowing();
  return {
    push(chunk) {
      if (all.length + chunk.length <= maxBytes) {
        all.add(chunk);
        return true;
      }
      all.add(chunk.subarray(0, maxBytes - all.length));
      return false;
    },
    whole: () => all.take(),
    begun: () => all.take(),
  };
}

export function createStreamBody(options: {
  readonly maxBytes: number;
  readonly onData: (data: Buffer) => void;
  readonly fields?: StreamFields;
}): Body {
  const total = Math.max(limits.upstreamMessageBytes, options.maxBytes);
  const parser = createSseParser(options.maxBytes, options.onData, options.fields);
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      return bytes <= total && parser.push(chunk);
    },
    whole: () => undefined,
    begun: () => parser.begun(),
  };
}
