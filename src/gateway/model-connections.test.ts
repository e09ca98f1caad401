import { beforeEach, describe, expect, it } from 'vitest';
import { generation, providerEntry } from '#contracts/model-provider.suite.ts';
import type { GenerationAnswer, ModelProvider, ProviderEntry } from '#contracts/model-provider.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { createModelConnections } from './model-connections.ts';

let opened: string[];
let closed: string[];
/** What is asked and not yet answered, in its order. */
let waiting: ((answer: GenerationAnswer) => void)[];

beforeEach(() => {
  opened = [];
  closed = [];
  waiting = [];
});

function provider(kind: string): ModelProvider {
  return {
    kind,
    open({ digest }) {
      opened.push(`${kind} ${digest}`);
      return {
        generate: () => new Promise((resolve) => void waiting.push(resolve)),
        close: async () => void closed.push(digest),
      };
    },
  };
}

const connections = () => createModelConnections([provider('openai'), provider('other')]);
const entry = (digest: string, changes: Partial<ProviderEntry> = {}) =>
  providerEntry('http://127.0.0.1/v1', { digest, ...changes });
const asked = generation('m', 'x', { key: 'k' });
const whole: GenerationAnswer = { kind: 'answer', completion: {}, usage: undefined, bytes: 2 };

/** A configuration that names this document of the provider, or none. */
function naming(digest?: string): Snapshot {
  const providers = digest === undefined ? {} : { fake: entry(digest) };
  return { tenants: { main: { tenant: 'main', providers } } } as unknown as Snapshot;
}

function streamAnswer(): GenerationAnswer {
  const events = (async function* () {
    yield { kind: 'text', lane: '0/content', text: 'x' } as const;
    yield { kind: 'complete' } as const;
  })();
  return { kind: 'stream', stream: { events, cancel: () => undefined } };
}

async function streaming(answer: Promise<GenerationAnswer>) {
  waiting.at(-1)?.(streamAnswer());
  const { kind, ...rest } = await answer;
  if (kind !== 'stream' || !('stream' in rest)) throw new Error('no stream');
  return rest.stream;
}

describe('connections to model providers', () => {
  it('are one for each provider, tenant and document, also when two configurations take turns', () => {
    const all = connections();
    for (let turn = 0; turn < 3; turn += 1) {
      all.open('main', entry('a'));
      all.open('main', entry('b'));
    }
    all.open('other', entry('a'));
    all.open('main', entry('a', { name: 'second' }));
    expect(opened).toEqual(['openai a', 'openai b', 'openai a', 'openai a']);
    expect(closed).toEqual([]);
  });

  it('are opened by the adapter of the shape that the document names', () => {
    const all = connections();
    all.open('main', entry('a', { kind: 'other' }));
    expect(opened).toEqual(['other a']);
    expect(() => all.open('main', entry('b', { kind: 'unheard-of' }))).toThrow(
      expect.objectContaining({ code: 'models/upstream-unreachable' }),
    );
  });

  it('that no document names any more are closed, and the others stay', async () => {
    const all = connections();
    all.open('main', entry('a'));
    all.open('main', entry('b'));
    all.adopt(naming('b'));
    expect(closed).toEqual(['a']);
    all.adopt(naming());
    expect(closed).toEqual(['a', 'b']);
  });

  it('are closed only after the last generation over them has left', async () => {
    const all = connections();
    const first = all.open('main', entry('a')).generate(asked);
    const second = all.open('main', entry('a')).generate(asked);
    all.adopt(naming('b'));
    waiting[0]?.(whole);
    expect(await first).toBe(whole);
    expect(closed).toEqual([]);
    waiting[1]?.(whole);
    await second;
    expect(closed).toEqual(['a']);
  });

  it('wait for a stream until it was read to its end', async () => {
    const all = connections();
    const stream = await streaming(all.open('main', entry('a')).generate(asked));
    all.adopt(naming());
    for await (const event of stream.events) {
      expect(closed).toEqual([]);
      expect(event.kind).toMatch(/text|complete/);
    }
    expect(closed).toEqual(['a']);
  });

  it.each([
    ['before its first event', 0],
    ['in the middle of it', 1],
  ])('wait for a stream until it is left %s', async (_, read) => {
    const all = connections();
    const stream = await streaming(all.open('main', entry('a')).generate(asked));
    all.adopt(naming());
    const events = stream.events[Symbol.asyncIterator]();
    for (let at = 0; at < read; at += 1) await events.next();
    expect(closed).toEqual([]);
    stream.cancel();
    stream.cancel();
    await events.return?.();
    expect(closed).toEqual(['a']);
  });

  it('that a call of an older configuration still opens are closed when it has left', async () => {
    const all = connections();
    all.adopt(naming('b'));
    const late = all.open('main', entry('a')).generate(asked);
    waiting[0]?.(whole);
    await late;
    expect(closed).toEqual(['a']);
  });

  it('are all closed at the end, each once, and what is opened after it does not stay', async () => {
    const all = connections();
    const cut = all.open('main', entry('a')).generate(asked);
    all.open('main', entry('b'));
    await all.close();
    expect(closed).toEqual(['a', 'b']);
    waiting[0]?.(whole);
    await cut;
    const after = all.open('main', entry('c')).generate(asked);
    waiting[1]?.(whole);
    await after;
    expect(closed).toEqual(['a', 'b', 'c']);
  });
});
