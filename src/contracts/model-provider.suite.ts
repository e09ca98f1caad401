import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import type {
  Generation,
  GenerationAnswer,
  ModelConnection,
  ModelProvider,
  ProviderEntry,
} from './model-provider.ts';
import type { StreamEnd, StreamEvent, Streamed } from './streamed.ts';

/** A provider with the models of `test/fakes/fake-model-provider`, and how to reach it. */
export interface ModelProviderUnderTest {
  readonly provider: ModelProvider;
  readonly url: string;
  readonly key: string;
  stop(): Promise<void>;
}

export function providerEntry(url: string, changes: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    name: 'fake',
    kind: 'openai',
    url,
    credentials: [],
    timeoutMs: 20_000,
    idleMs: 20_000,
    answerBytes: 1_000_000,
    models: {},
    digest: 'd',
    ...changes,
  };
}

export function generation(
  model: string,
  said: string,
  changes: Partial<Generation> & { readonly key: string },
): Generation {
  const { key, ...rest } = changes;
  const value = `Bearer ${key}`;
  return {
    model,
    request: canonicalBytes({
      messages: [{ role: 'user', content: said }],
      ...(rest.stream === true ? { stream: true } : {}),
    }),
    maxOutputTokens: undefined,
    choices: 1,
    stream: false,
    lent: [{ kind: 'header', header: 'authorization', value, secret: key }],
    signal: new AbortController().signal,
    trace: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    ...rest,
  };
}

/** An answer in the shape that tests compare. */
export function essence(answer: GenerationAnswer): unknown {
  if (answer.kind === 'stream') return 'stream';
  return answer.kind === 'answer'
    ? answer.completion
    : { code: answer.refusal.code, effect: answer.effect };
}

export interface WholeStream {
  /** The text of each lane, put together. */
  readonly lanes: Readonly<Record<string, string>>;
  readonly facts: readonly JsonObject[];
  readonly end: StreamEnd;
}

export async function readWhole(stream: Streamed): Promise<WholeStream> {
  const lanes: Record<string, string> = {};
  const facts: JsonObject[] = [];
  let end: StreamEnd | undefined;
  for await (const event of stream.events) {
    if (end !== undefined) throw new Error('something came after the end');
    if (isEnd(event)) end = event;
    else if (event.kind === 'fact') facts.push(event.value);
    else lanes[event.lane] = (lanes[event.lane] ?? '') + event.text;
  }
  if (end === undefined) throw new Error('a stream has no end');
  return { lanes, facts, end };
}

export function isEnd(event: StreamEvent | StreamEnd): event is StreamEnd {
  return event.kind === 'complete' || event.kind === 'broken';
}

/** How a stream ended, in the shape that tests compare. */
export function endOf({ end }: WholeStream): unknown {
  return end.kind === 'complete' ? end : { code: end.refusal.code, effect: end.effect };
}

/** The promises of `contracts/model-provider`; every shape of API runs them first. */
export function modelProviderSuite(
  name: string,
  make: () => Promise<ModelProviderUnderTest>,
): void {
  describe(`the model provider contract, kept by ${name}`, () => {
    let under: ModelProviderUnderTest;
    let connection: ModelConnection;
    const ask = (model: string, said: string, changes: Partial<Generation> = {}) =>
      connection.generate(generation(model, said, { key: under.key, ...changes }));
    const askStream = async (model: string, said: string, changes: Partial<Generation> = {}) => {
      const answer = await ask(model, said, { stream: true, ...changes });
      if (answer.kind !== 'stream') throw new Error(JSON.stringify(essence(answer)));
      return answer.stream;
    };

    beforeAll(async () => {
      under = await make();
      connection = under.provider.open(providerEntry(under.url));
    });
    afterAll(async () => {
      await connection.close();
      await under.stop();
    });

    it('brings back a whole completion and what the provider counted', async () => {
      const answer = await ask('fake-echo', 'hello');
      expect(essence(answer)).toMatchObject({
        object: 'chat.completion',
        choices: [{ message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
      });
      expect(answer).toMatchObject({ usage: { inputTokens: 11, outputTokens: 7 } });
    });

    it('brings back the same text streamed, in order, and one end', async () => {
      const text = 'Ünïcödé 漢字 \u{1f600} "quoted" \\ \u2028 line\nbreak';
      const read = await readWhole(await askStream('fake-echo', text));
      expect(read.lanes).toEqual({ '0/content': text });
      expect(read.facts.map(({ fact }) => fact)).toEqual(['begun', 'finished']);
      expect(read.end).toEqual({
        kind: 'complete',
        usage: { inputTokens: 11, outputTokens: 7 },
      });
    });

    it('brings back tool calls, whole and streamed', async () => {
      const args = '{"orderId":"A-17","amountCents":500}';
      expect(essence(await ask('fake-tool', 'x'))).toMatchObject({
        choices: [
          {
            message: {
              tool_calls: [{ id: 'call_1', function: { name: 'refund', arguments: args } }],
            },
          },
        ],
      });
      const read = await readWhole(await askStream('fake-tool', 'x'));
      expect(read.lanes).toEqual({ '0/tool/0/arguments': args });
      expect(read.facts).toContainEqual({
        fact: 'tool',
        choice: 0,
        tool: 0,
        id: 'call_1',
        name: 'refund',
      });
    });

    it('gives each of many generations its own answer', async () => {
      const texts = Array.from({ length: 32 }, (_, index) => `text ${index}`);
      const reads = await Promise.all(
        texts.map(async (text) => readWhole(await askStream('fake-echo', text))),
      );
      expect(reads.map(({ lanes }) => lanes['0/content'])).toEqual(texts);
    });

    it('says no count where the provider said none', async () => {
      expect(await ask('fake-no-usage', 'x')).toMatchObject({ kind: 'answer', usage: undefined });
      const read = await readWhole(await askStream('fake-no-usage', 'x'));
      expect(read.end).toEqual({ kind: 'complete' });
    });

    it('says that the effect is unknown when no answer came in time [AUD-05]', async () => {
      const hasty = under.provider.open(providerEntry(under.url, { timeoutMs: 50 }));
      const answer = await hasty.generate(generation('fake-silent', 'x', { key: under.key }));
      expect(essence(answer)).toEqual({ code: 'models/upstream-timeout', effect: 'unknown' });
      await hasty.close();
    });

    it('says that the effect is unknown when the caller went away in the middle', async () => {
      const caller = new AbortController();
      const answer = ask('fake-silent', 'x', { signal: caller.signal });
      setTimeout(() => caller.abort(), 50);
      expect(essence(await answer)).toEqual({ code: 'gateway/cancelled', effect: 'unknown' });
    });

    it('sends nothing for a caller that is gone already', async () => {
      const answer = await ask('fake-echo', 'x', { signal: AbortSignal.abort() });
      expect(essence(answer)).toEqual({ code: 'gateway/cancelled', effect: 'none' });
    });

    it('ends a stream whose caller went away, and says so', async () => {
      const caller = new AbortController();
      const stream = await askStream('fake-endless', 'x', { signal: caller.signal });
      setTimeout(() => caller.abort(), 50);
      const read = await readWhole(stream);
      expect(read.lanes['0/content']).toMatch(/^(more )+$/);
      expect(endOf(read)).toEqual({ code: 'gateway/cancelled', effect: 'unknown' });
    });

    it('ends a stream that is cancelled while somebody waits for more', async () => {
      const stream = await askStream('fake-stall', 'x');
      setTimeout(() => stream.cancel(), 50);
      const read = await readWhole(stream);
      expect(read.lanes).toEqual({ '0/content': 'well then' });
      expect(endOf(read)).toEqual({ code: 'gateway/cancelled', effect: 'unknown' });
    });

    it('refuses an answer over the cap and goes on', async () => {
      const small = under.provider.open(providerEntry(under.url, { answerBytes: 1_000 }));
      const asked = generation('fake-echo', 'x'.repeat(2_000), { key: under.key });
      expect(essence(await small.generate(asked))).toMatchObject({
        code: 'models/answer-too-large',
      });
      const streamed = await small.generate(
        generation('fake-echo', 'x'.repeat(2_000), { key: under.key, stream: true }),
      );
      if (streamed.kind !== 'stream') throw new Error('no stream');
      expect(endOf(await readWhole(streamed.stream))).toMatchObject({
        code: 'models/answer-too-large',
      });
      const next = await small.generate(generation('fake-echo', 'still here', { key: under.key }));
      expect(next.kind).toBe('answer');
      await small.close();
    });

    it('keeps what a provider says of an error apart from our words', async () => {
      const answer = await ask('fake-bad-request', 'x');
      expect(essence(answer)).toEqual({ code: 'models/upstream-error', effect: 'unknown' });
      expect(answer).toMatchObject({ said: 'max_tokens is too large' });
      expect(JSON.stringify(answer.kind === 'failed' && answer.refusal)).not.toContain(
        'max_tokens',
      );
    });

    it('sends nothing once it is closed, and closes twice without harm', async () => {
      const other = under.provider.open(providerEntry(under.url));
      await other.close();
      await other.close();
      const answer = await other.generate(generation('fake-echo', 'x', { key: under.key }));
      expect(essence(answer)).toEqual({ code: 'models/upstream-unreachable', effect: 'none' });
    });
  });
}
