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
      yield { ...next, usage: next.usage ?? estimatedUsage(askedBytes, told) };
      continue;
    }
    for (const event of next.events) {
      if (event.kind === 'text') told += Buffer.byteLength(event.text);
    }
    attempt.usage = estimatedUsage(askedBytes, told);
    yield next;
  }
}
