import type { UsagePart } from '#kernel/record.ts';
import type { Attempt } from './attempt.ts';
import type { TakenStream, Window, WindowsEnd } from './taken-stream.ts';

const bytesPerToken = 4;

/** Where nobody counted: what is billed may differ, so it is marked. */
export function estimatedUsage(askedBytes: number, saidBytes: number): UsagePart {
  return {
    inputTokens: Math.ceil(askedBytes / bytesPerToken),
    outputTokens: Math.ceil(saidBytes / bytesPerToken),
    estimated: true,
  };
}

/** Pictures behind addresses, templates and thoughts that are not told cost tokens without bytes. */
const unseenTokens = 1_000_000;

/** What the provider counted; where bytes cannot have come to that, or it did not count, our estimate. */
export function believedUsage(
  told: Omit<UsagePart, 'estimated'> | undefined,
  askedBytes: number,
  saidBytes: number,
): UsagePart {
  const isCredible =
    told !== undefined &&
    canBe(told.inputTokens, askedBytes) &&
    canBe(told.outputTokens, saidBytes);
  return isCredible ? { ...told, estimated: false } : estimatedUsage(askedBytes, saidBytes);
}

/** A byte is one token at most, and what has bytes is one at least. */
function canBe(tokens: number, bytes: number): boolean {
  return tokens >= Math.min(bytes, 1) && tokens <= bytes + unseenTokens;
}

/**
 * A stream of a model, counted while it is told. INVARIANT: however it ends, also when its reader
 * leaves, the attempt knows about how much was used up.
 */
export function countedStream(
  stream: TakenStream,
  attempt: Attempt,
  askedBytes: number,
): TakenStream {
  attempt.usage = estimatedUsage(askedBytes, 0);
  return { ...stream, windows: counted(stream.windows, attempt, askedBytes) };
}

async function* counted(
  windows: TakenStream['windows'],
  attempt: Attempt,
  askedBytes: number,
): AsyncGenerator<Window | WindowsEnd, void, undefined> {
  let told = 0;
  for await (const next of windows) {
    if (next.kind === 'end') {
      yield { ...next, usage: believedUsage(next.usage, askedBytes, told) };
      continue;
    }
    for (const event of next.events) {
      if (event.kind === 'text') told += Buffer.byteLength(event.text);
    }
    attempt.usage = estimatedUsage(askedBytes, told);
    yield next;
  }
}
