import { describe, expect, it } from 'vitest';
import { refusal } from '#kernel/errors.ts';
import { Attempt } from './attempt.ts';
import { countedStream } from './counted-stream.ts';
import type { TakenStream, Window, WindowsEnd } from './taken-stream.ts';

const whole: WindowsEnd = {
  kind: 'end',
  refusal: undefined,
  effect: 'done',
  heard: false,
  usage: undefined,
};

function windowOf(text: string): Window {
  return { kind: 'window', events: [{ kind: 'text', lane: '0/content', text }], redactions: 0 };
}

function streamOf(...all: (Window | WindowsEnd)[]): TakenStream & { left: boolean } {
  async function* windows() {
    try {
      yield* all;
    } finally {
      stream.left = true;
    }
  }
  const stream = {
    kind: 'stream' as const,
    windows: windows(),
    cancel: () => undefined,
    left: false,
  };
  return stream;
}

async function read(stream: TakenStream): Promise<(Window | WindowsEnd)[]> {
  const all: (Window | WindowsEnd)[] = [];
  for await (const next of stream.windows) all.push(next);
  return all;
}

describe('a stream of a model', () => {
  it('is counted by estimate where the provider did not count', async () => {
    const attempt = new Attempt();
    const all = await read(countedStream(streamOf(windowOf('12345678'), whole), attempt, 401));
    expect(all.at(-1)).toMatchObject({
      usage: { inputTokens: 101, outputTokens: 2, estimated: true },
    });
  });

  it('has the count of the provider where there is one', async () => {
    const usage = { inputTokens: 1, outputTokens: 1, estimated: false };
    const counted = countedStream(
      streamOf(windowOf('12345678'), { ...whole, usage }),
      new Attempt(),
      1,
    );
    expect((await read(counted)).at(-1)).toMatchObject({ usage });
  });

  it.each([
    { inputTokens: 0, outputTokens: 2 },
    { inputTokens: 3, outputTokens: 0 },
    { inputTokens: 999_999_999, outputTokens: 2 },
    { inputTokens: 3, outputTokens: 1_000_009 },
  ])(
    'is counted by estimate where its bytes cannot be what the provider says: %j',
    async (said) => {
      const end = { ...whole, usage: { ...said, estimated: false } };
      const all = await read(countedStream(streamOf(windowOf('12345678'), end), new Attempt(), 8));
      expect(all.at(-1)).toMatchObject({
        usage: { inputTokens: 2, outputTokens: 2, estimated: true },
      });
    },
  );

  it('that breaks is counted as well', async () => {
    const broken: WindowsEnd = {
      ...whole,
      effect: 'unknown',
      refusal: refusal('models/upstream-unreachable'),
    };
    const all = await read(countedStream(streamOf(windowOf('1234'), broken), new Attempt(), 8));
    expect(all.at(-1)).toMatchObject({ usage: { inputTokens: 2, outputTokens: 1 } });
  });

  it('whose reader leaves is counted up to there, and let go', async () => {
    const attempt = new Attempt();
    const stream = streamOf(windowOf('1234'), windowOf('5678'), whole);
    const counted = countedStream(stream, attempt, 8);
    expect(attempt.usage).toEqual({ inputTokens: 2, outputTokens: 0, estimated: true });
    for await (const next of counted.windows) {
      if (next.kind === 'window') break;
    }
    expect(attempt.usage).toEqual({ inputTokens: 2, outputTokens: 1, estimated: true });
    expect(stream.left).toBe(true);
  });
});
