import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamEnd, StreamEvent } from '#contracts/streamed.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { FakeStreamed } from '../../../test/fakes/fake-streamed.ts';
import { ManualTimer } from '../../../test/fakes/manual-timer.ts';
import { secretSamples } from '../../../test/fakes/secret-samples.ts';
import { createIntake } from '../intake.ts';
import type { TakenStream, Window, WindowsEnd } from '../taken-stream.ts';
import type { StreamBounds } from './bounds.ts';

const canary = 'canary-of-this-test-0123';
const key = 'lent-aB3-xY9_aB3-xY9_';
const lent: readonly Lent[] = [
  { kind: 'header', header: 'authorization', value: `Bearer ${key}`, secret: key },
];
const npm = secretSamples['npm-token']?.() ?? '';
const whole: StreamEnd = { kind: 'complete' };

let timer: ManualTimer;
let upstream: FakeStreamed;
let caller: AbortController;

beforeEach(() => {
  timer = new ManualTimer();
  upstream = new FakeStreamed();
  caller = new AbortController();
});

function taken(bounds: Partial<StreamBounds> = {}): TakenStream {
  const intake = createIntake({
    scrubber: createScrubber(),
    inspector: createInspector({ canaries: [canary] }),
    timer,
  });
  return intake.stream(upstream, lent, {
    bytes: 1_000_000,
    totalMs: 60_000,
    idleMs: 5_000,
    codes: {
      timeout: 'tools/upstream-timeout',
      tooLarge: 'tools/result-too-large',
      protocol: 'tools/upstream-protocol',
    },
    signal: caller.signal,
    ...bounds,
  });
}

function reader(stream: TakenStream): () => Promise<Window | WindowsEnd | undefined> {
  const windows = stream.windows[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await windows.next();
    return done === true ? undefined : value;
  };
}

async function all(stream: TakenStream): Promise<(Window | WindowsEnd)[]> {
  const every: (Window | WindowsEnd)[] = [];
  for await (const one of stream.windows) every.push(one);
  return every;
}

const text = (said: string, lane = '0/content'): StreamEvent => ({
  kind: 'text',
  lane,
  text: said,
});
const fact = (value: JsonObject): StreamEvent => ({ kind: 'fact', value });
const eventsOf = (every: readonly (Window | WindowsEnd)[]): StreamEvent[] =>
  every.flatMap((one) => (one.kind === 'window' ? one.events : []));
const sizeOf = (one: Window | WindowsEnd | undefined): number =>
  one?.kind === 'window'
    ? one.events.reduce(
        (sum, event) =>
          sum + Buffer.byteLength(event.kind === 'text' ? event.text : JSON.stringify(event.value)),
        0,
      )
    : 0;
const saidIn = (every: readonly (Window | WindowsEnd)[], lane = '0/content'): string =>
  eventsOf(every)
    .map((event) => (event.kind === 'text' && event.lane === lane ? event.text : ''))
    .join('');

function refused(code: string, effect = 'unknown') {
  return { kind: 'end', refusal: { code }, effect, usage: undefined };
}

describe('the windows of a stream', () => {
  it('leave 250 ms after the first of what they say came, and not before', async () => {
    const next = reader(taken());
    let window: Window | WindowsEnd | undefined;
    const first = next().then((one) => (window = one));
    upstream.text('Hello, ');
    await timer.advance(limits.windowMs - 1);
    upstream.text('world. ');
    await timer.advance(0);
    expect(window).toBeUndefined();
    await timer.advance(1);
    await first;
    expect(window).toEqual({ kind: 'window', events: [text('Hello, world. ')], redactions: 0 });
  });

  it('leave at once when they are full, and are never larger than 64 KiB', async () => {
    const next = reader(taken());
    upstream.text('ü '.repeat(60_000), 'x '.repeat(9));
    const sizes = [await next(), await next()].map(sizeOf);
    for (const size of sizes) {
      expect(size).toBeLessThanOrEqual(limits.windowBytes);
      expect(size).toBeGreaterThan(limits.windowBytes / 2);
    }
    upstream.say(whole);
    sizes.push(sizeOf(await next()));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(180_018);
    expect(await next()).toMatchObject({ kind: 'end', refusal: undefined, effect: 'done' });
    expect(await next()).toBeUndefined();
  });

  it('part a text between characters alone', async () => {
    upstream.text('𝄞'.repeat(40_000));
    upstream.say(whole);
    const every = await all(taken());
    for (const event of eventsOf(every)) {
      if (event.kind === 'text') expect(event.text.isWellFormed()).toBe(true);
    }
    expect(saidIn(every)).toBe('𝄞'.repeat(40_000));
  });

  it('put halves of a character together, and never tell a half', async () => {
    upstream.text('a\ud834', '\udd1eb\ud834', 'c\udd1e', '\ud834');
    upstream.say(whole);
    expect(saidIn(await all(taken()))).toBe('a𝄞b\ufffdc\ufffd\ufffd');
  });

  it('ask for nothing while one waits to be taken', async () => {
    const next = reader(taken());
    upstream.text('x '.repeat(limits.windowBytes), 'more', 'and more');
    await next();
    const { asked } = upstream;
    await timer.advance(1_000);
    expect(upstream.asked).toBe(asked);
    expect(asked).toBe(1);
  });

  it('lose no event that was asked for before a window left', async () => {
    const next = reader(taken());
    const first = next();
    upstream.text('one. ');
    await timer.advance(limits.windowMs);
    expect(saidIn([(await first) as Window])).toBe('one. ');
    // It is said between two windows, to who had asked.
    upstream.text('two. ');
    upstream.say(whole);
    expect(saidIn([(await next()) as Window])).toBe('two. ');
  });

  it('tell no fact before the text that came before it, held back or not', async () => {
    upstream.say(
      text('see npm_'),
      text('other words. ', '1/content'),
      fact({ fact: 'tool', name: 'pay' }),
      text('{"a":5', '0/tool/0'),
      fact({ fact: 'finished' }),
      text(`${npm.slice(4)} `),
      text('1}', '0/tool/0'),
      whole,
    );
    const every = await all(taken());
    expect(eventsOf(every)).toEqual([
      text('see [redacted:npm-token] '),
      text('other words. ', '1/content'),
      fact({ fact: 'tool', name: 'pay' }),
      text('{"a":5', '0/tool/0'),
      fact({ fact: 'finished' }),
      text('1}', '0/tool/0'),
    ]);
  });

  it('do not make a fact wait for text that came after it', async () => {
    const next = reader(taken());
    const first = next();
    upstream.say(text('a sk-'), fact({ n: 1 }), text('b sk-'), text('c sk-'), fact({ n: 2 }));
    await timer.advance(limits.windowMs);
    expect(eventsOf([(await first) as Window])).toEqual([
      text('a sk-b '),
      fact({ n: 1 }),
      text('sk-c '),
    ]);
    upstream.say(text('! '), whole);
    expect(eventsOf([(await next()) as Window])).toEqual([text('sk-! '), fact({ n: 2 })]);
  });

  it('carry very many facts that wait behind one text', async () => {
    const count = 20_000;
    upstream.say(text('eyJhbGciOi'));
    for (let n = 0; n < count; n += 1) {
      upstream.say(text('a'), fact({ n }), text('b', '1/content'));
    }
    upstream.say(text(' '), whole);
    const events = eventsOf(await all(taken({ bytes: 4_000_000 })));
    const facts = events.flatMap((event) => (event.kind === 'fact' ? [event.value['n']] : []));
    expect(facts).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(saidIn([{ kind: 'window', events, redactions: 0 }])).toBe(
      `eyJhbGciOi${'a'.repeat(count)} `,
    );
    expect(events.findIndex(({ kind }) => kind === 'fact')).toBeGreaterThan(0);
  });

  it('keep facts behind texts, each lane in its order, and find what is split, for any stream', async () => {
    const lanes = ['0/content', '1/content', '0/tool/0'];
    const pieces = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...lanes), fc.nat(12)) },
        { weight: 1, arbitrary: fc.constant('fact' as const) },
      ),
      { minLength: 1, maxLength: 60 },
    );
    const sources = [
      `a ${npm}, ${key} b `,
      `${Buffer.from(key).toString('base64')} sk-x `,
      `x ${canary} `,
    ];
    await fc.assert(
      fc.asyncProperty(pieces, async (plan) => {
        upstream = new FakeStreamed();
        const at = new Map(lanes.map((lane) => [lane, 0]));
        const given = new Map<string, string>();
        const before: Record<string, string>[] = [];
        for (const step of plan) {
          if (step === 'fact') {
            upstream.say(fact({ n: before.length }));
            before.push(Object.fromEntries(given));
            continue;
          }
          const [lane, size] = step;
          const source = (sources[lanes.indexOf(lane)] ?? '').repeat(20);
          const from = at.get(lane) ?? 0;
          const piece = source.slice(from, from + size);
          at.set(lane, from + size);
          given.set(lane, (given.get(lane) ?? '') + piece);
          upstream.say(text(piece, lane));
        }
        upstream.say(whole);
        const events = eventsOf(await all(taken()));
        const clean = (said: string): string => {
          const { value } = createScrubber().scrub(said, lent);
          return createInspector({ canaries: [canary] }).redact([value]).value[0] ?? '';
        };
        const told = new Map<string, string>();
        let facts = 0;
        for (const event of events) {
          if (event.kind === 'text') {
            told.set(event.lane, (told.get(event.lane) ?? '') + event.text);
            continue;
          }
          expect(event.value).toEqual({ n: facts });
          // All that had been said was told, as far as it does not depend on what followed.
          for (const [lane, said] of Object.entries(before[facts] ?? {})) {
            const all = clean(given.get(lane) ?? '');
            expect(all.startsWith(told.get(lane) ?? '')).toBe(true);
            const least = clean(said).length - 60;
            expect((told.get(lane) ?? '').length).toBeGreaterThanOrEqual(least);
          }
          facts += 1;
        }
        expect(facts).toBe(before.length);
        for (const [lane, said] of given) expect(told.get(lane) ?? '').toBe(clean(said));
      }),
      { numRuns: 300 },
    );
  });

  it('count what was taken out, and carry nothing of it [CRD-01]', async () => {
    const shown = `${npm} and ${key} and ${Buffer.from(key).toString('hex')} and ${canary}. `;
    for (const one of shown) upstream.text(one);
    upstream.say(fact({ name: `x ${key}`, [npm]: canary }), whole);
    const every = await all(taken());
    const counted = every.reduce(
      (sum, one) => sum + (one.kind === 'window' ? one.redactions : 0),
      0,
    );
    expect(counted).toBe(7);
    expect(saidIn(every)).toBe(
      '[redacted:npm-token] and [secret] and [secret] and [redacted:canary]. ',
    );
    expect(eventsOf(every).at(-1)).toEqual(
      fact({ name: 'x [secret]', '[redacted:npm-token]': '[redacted:canary]' }),
    );
  });

  it('say nothing in our own name', async () => {
    upstream.say(fact({ _meta: { 'dev.bailiwick/record': 'r1', mine: 1 } }), whole);
    expect(eventsOf(await all(taken()))).toEqual([fact({ _meta: { mine: 1 } })]);
  });

  it('end with what the upstream counted, unless it is no count or what was lent', async () => {
    const usages = [
      [
        { inputTokens: 3, outputTokens: 0 },
        { inputTokens: 3, outputTokens: 0, estimated: false },
      ],
      [{ inputTokens: -1, outputTokens: 0 }, undefined],
      [{ inputTokens: 1.5, outputTokens: 0 }, undefined],
      [undefined, undefined],
    ] as const;
    for (const [usage, told] of usages) {
      upstream = new FakeStreamed();
      upstream.say({ kind: 'complete', ...(usage === undefined ? {} : { usage }) });
      expect((await all(taken())).at(-1)).toMatchObject({ effect: 'done', usage: told });
      expect([upstream.cancelled, upstream.left]).toEqual([0, 1]);
    }
  });
});

describe('a stream that is not as promised', () => {
  it('is ended when it falls silent, while somebody waits for it', async () => {
    const next = reader(taken());
    const first = next();
    upstream.text('so ');
    await timer.advance(limits.windowMs);
    await first;
    // Nobody waits: its silence is not its fault.
    await timer.advance(20_000);
    const second = next();
    await timer.advance(4_999);
    expect(upstream.cancelled).toBe(0);
    await timer.advance(1);
    expect(await second).toMatchObject(refused('tools/upstream-timeout'));
    expect([upstream.cancelled, upstream.left, timer.waiting]).toEqual([1, 1, 0]);
  });

  it('is ended when it says nothing in many words', async () => {
    const next = reader(taken());
    const end = next();
    for (let turn = 0; turn < 6; turn += 1) {
      upstream.text('');
      await timer.advance(1_000);
    }
    expect(await end).toMatchObject(refused('tools/upstream-timeout'));
  });

  it('is ended when it never ends', async () => {
    const every: (Window | WindowsEnd)[] = [];
    const reading = (async () => {
      for await (const one of taken({ totalMs: 10_000 }).windows) every.push(one);
    })();
    for (let turn = 0; turn < 20; turn += 1) {
      upstream.text('on ');
      await timer.advance(499);
    }
    expect(every.at(-1)?.kind).toBe('window');
    await timer.advance(499);
    await reading;
    expect(every.at(-1)).toMatchObject(refused('tools/upstream-timeout'));
    expect(upstream.cancelled).toBe(1);
  });

  it('is ended when it is over without an end, or throws', async () => {
    for (const how of ['over', 'fault'] as const) {
      upstream = new FakeStreamed();
      upstream.text('so far. ');
      upstream.say(how);
      const [window, end, ...more] = await all(taken());
      expect(eventsOf([window as Window])).toEqual([text('so far. ')]);
      expect(end).toMatchObject(refused('tools/upstream-protocol'));
      expect(more).toEqual([]);
      expect(upstream.cancelled).toBe(1);
    }
  });

  it('is heard no more after its first end', async () => {
    upstream.say(whole, text('more'), { kind: 'complete' });
    expect(await all(taken())).toHaveLength(1);
    expect(upstream.asked).toBe(1);
  });

  it('tells why it broke, cleaned, and its effect is not believed to be none [CRD-01]', async () => {
    const no = refusal('tools/upstream-error', { details: { upstreamCode: 5, key } });
    upstream.say({ kind: 'broken', refusal: no, effect: 'none', said: `no ${key} for ${npm}` });
    expect(await all(taken())).toEqual([
      {
        kind: 'end',
        refusal: {
          ...no,
          message: 'no [secret] for [redacted:npm-token]',
          details: { upstreamCode: 5, key: '[secret]' },
        },
        effect: 'unknown',
        heard: true,
        usage: undefined,
      },
    ]);
  });

  it('tells nothing of what it held back when it broke: half a secret stays here', async () => {
    upstream.say(text(`first. ${npm.slice(0, -1)}`), fact({ after: 1 }), 'over');
    expect(eventsOf(await all(taken()))).toEqual([text('first. ')]);
    upstream = new FakeStreamed();
    upstream.say(text(`first. ${key.slice(0, -1)}`), 'over');
    expect(eventsOf(await all(taken()))).toEqual([text('first. ')]);
  });

  it('is ended when it says more than its cap', async () => {
    const bytes = 100;
    for (const [size, isTooLong] of [
      [50, false],
      [51, true],
    ] as const) {
      upstream = new FakeStreamed();
      upstream.say(text('ü'.repeat(size)), whole);
      const end = (await all(taken({ bytes }))).at(-1);
      if (isTooLong) expect(end).toMatchObject(refused('tools/result-too-large'));
      else expect(end).toMatchObject({ refusal: undefined });
    }
    upstream = new FakeStreamed();
    upstream.say(fact({ a: 'x'.repeat(bytes) }), whole);
    expect((await all(taken({ bytes }))).at(-1)).toMatchObject(refused('tools/result-too-large'));
  });

  it('is ended by one event of 100 MB without looking into it', async () => {
    upstream.text('npm_ '.repeat(20_000_000));
    const before = performance.now();
    expect(await all(taken())).toMatchObject([refused('tools/result-too-large')]);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('is ended by a fact that fits no window', async () => {
    for (const [size, fits] of [
      [limits.windowBytes - 8, true],
      [limits.windowBytes - 7, false],
    ] as const) {
      upstream = new FakeStreamed();
      upstream.say(text('a. '), fact({ a: 'x'.repeat(size) }), whole);
      const every = await all(taken());
      expect(eventsOf(every)).toHaveLength(fits ? 2 : 1);
      for (const one of every) expect(sizeOf(one)).toBeLessThanOrEqual(limits.windowBytes);
      expect(every.at(-1)).toMatchObject(
        fits ? { refusal: undefined } : refused('tools/result-too-large'),
      );
    }
  });

  it('is ended by a million empty events, and the loop has its turns meanwhile', async () => {
    let said = 0;
    let turns = 0;
    const empty: StreamEvent = text('');
    const flood = {
      events: {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            said += 1;
            return Promise.resolve({ done: false as const, value: empty });
          },
        }),
      },
      cancel: () => void (upstream.cancelled += 1),
    };
    upstream = Object.assign(upstream, { events: flood.events });
    const count = setInterval(() => (turns += 1), 0);
    const every = await all(taken());
    clearInterval(count);
    expect(every).toMatchObject([refused('tools/result-too-large')]);
    expect(said).toBe(limits.streamEvents + 1);
    expect(turns).toBeGreaterThan(10);
  });

  it('has no more lanes than may be, each with a plain name', async () => {
    for (const [count, fits] of [
      [limits.streamLanes, true],
      [limits.streamLanes + 1, false],
    ] as const) {
      upstream = new FakeStreamed();
      for (let at = 0; at < count; at += 1) upstream.say(text('a. ', `${at}/content`));
      upstream.say(whole);
      const every = await all(taken());
      expect(eventsOf(every)).toHaveLength(limits.streamLanes);
      expect(every.at(-1)).toMatchObject(
        fits ? { refusal: undefined } : refused('tools/result-too-large'),
      );
    }
    for (const name of ['', 'a b', 'ü', 'a\n', 'x'.repeat(65), key, npm, '[redacted]', 'a:b']) {
      upstream = new FakeStreamed();
      upstream.say(text('a. ', name), whole);
      expect(await all(taken()), name).toMatchObject([refused('tools/upstream-protocol')]);
    }
    for (const name of ['__proto__', 'constructor', 'x'.repeat(64), '0/tool/1/arguments']) {
      upstream = new FakeStreamed();
      upstream.say(text('a. ', name), whole);
      expect(saidIn(await all(taken()), name)).toBe('a. ');
    }
  });

  it('is let go when the caller goes away, however it behaves', async () => {
    const next = reader(taken());
    const end = next();
    upstream.text('so ');
    await timer.advance(0);
    caller.abort();
    expect(saidIn([(await end) as Window])).toBe('so ');
    expect(await next()).toMatchObject(refused('gateway/cancelled'));
    expect([upstream.cancelled, timer.waiting]).toEqual([1, 0]);
  });

  it('is let go when nobody reads on, and when it is cancelled unread', async () => {
    const stream = taken();
    upstream.text('x '.repeat(limits.windowBytes));
    for await (const one of stream.windows) {
      expect(one.kind).toBe('window');
      break;
    }
    expect([upstream.cancelled, upstream.left]).toEqual([1, 1]);
    stream.cancel();
    expect(upstream.cancelled).toBe(1);
    upstream = new FakeStreamed();
    taken().cancel();
    expect([upstream.cancelled, upstream.asked]).toEqual([1, 0]);
  });

  it('cannot keep a window waiting by a cancel that does nothing', async () => {
    const stream = taken();
    const next = reader(stream)();
    await timer.advance(0);
    stream.cancel();
    expect(await next).toMatchObject(refused('gateway/cancelled'));
  });
});
