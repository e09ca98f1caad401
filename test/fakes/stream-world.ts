import type { StreamEvent } from '#contracts/streamed.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { createIntake, type StreamBounds } from '#gateway/index.ts';
import type { TakenStream, Window, WindowsEnd } from '#gateway/taken-stream.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { FakeStreamed } from './fake-streamed.ts';
import { ManualTimer } from './manual-timer.ts';
import { secretSamples } from './secret-samples.ts';

export const canary = 'canary-of-this-test-0123';
export const key = 'lent-aB3-xY9_aB3-xY9_';
export const lent: readonly Lent[] = [
  { kind: 'header', header: 'authorization', value: `Bearer ${key}`, secret: key },
];
export const npm = secretSamples['npm-token']?.() ?? '';

type Told = Window | WindowsEnd;

/** One stream, its caller and its time. */
export class StreamWorld {
  readonly timer = new ManualTimer();
  readonly upstream = new FakeStreamed();
  readonly caller = new AbortController();

  taken(bounds: Partial<StreamBounds> = {}): TakenStream {
    const intake = createIntake({
      scrubber: createScrubber(),
      inspector: createInspector({ canaries: [canary] }),
      timer: this.timer,
    });
    return intake.stream(this.upstream, lent, {
      bytes: 1_000_000,
      totalMs: 60_000,
      idleMs: 5_000,
      codes: {
        timeout: 'tools/upstream-timeout',
        tooLarge: 'tools/result-too-large',
        protocol: 'tools/upstream-protocol',
      },
      signal: this.caller.signal,
      ...bounds,
    });
  }
}

export function reader(stream: TakenStream): () => Promise<Told | undefined> {
  const windows = stream.windows[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await windows.next();
    return done === true ? undefined : value;
  };
}

export async function all(stream: TakenStream): Promise<Told[]> {
  const every: Told[] = [];
  for await (const one of stream.windows) every.push(one);
  return every;
}

export const text = (said: string, lane = '0/content'): StreamEvent => ({
  kind: 'text',
  lane,
  text: said,
});
export const fact = (value: JsonObject): StreamEvent => ({ kind: 'fact', value });
export const eventsOf = (every: readonly Told[]): StreamEvent[] =>
  every.flatMap((one) => (one.kind === 'window' ? one.events : []));
export const sizeOf = (one: Told | undefined): number =>
  one?.kind === 'window'
    ? one.events.reduce(
        (sum, event) =>
          sum + Buffer.byteLength(event.kind === 'text' ? event.text : JSON.stringify(event.value)),
        0,
      )
    : 0;
export const saidIn = (every: readonly Told[], lane = '0/content'): string =>
  eventsOf(every)
    .map((event) => (event.kind === 'text' && event.lane === lane ? event.text : ''))
    .join('');

export function refused(code: string, effect = 'unknown') {
  return { kind: 'end', refusal: { code }, effect, usage: undefined };
}
