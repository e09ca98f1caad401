import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamEnd } from '#contracts/streamed.ts';
import { limits } from '#kernel/limits.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import type { FakeStreamed } from '../../../test/fakes/fake-streamed.ts';
import type { ManualTimer } from '../../../test/fakes/manual-timer.ts';
import {
  canary,
  key,
  lent,
  npm,
  reader,
  all,
  text,
  fact,
  eventsOf,
  sizeOf,
  saidIn,
  StreamWorld,
} from '../../../test/fakes/stream-world.ts';
import type { Window, WindowsEnd } from '../taken-stream.ts';

const whole: StreamEnd = { kind: 'complete' };

let timer: ManualTimer;
let upstream: FakeStreamed;
let taken: StreamWorld['taken'];

function begin(): void {
  const world = new StreamWorld();
  ({ timer, upstream } = world);
  taken = (bounds) => world.taken(bounds);
}

beforeEach(begin);

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

  it('tell no canary that comes in ten thousand pieces, wherever it is split', async () => {
    const filler = 'lorem ipsum ';
    const offsets = Array.from({ length: canary.length - 1 }, (_, at) => at + 1);
    // Each offset in turn, over and over; at the end one letter at a time.
    const split = (at: number) => [filler + canary.slice(0, at), `${canary.slice(at)} `];
    for (let pieces = 0, round = 0; pieces < 10_000; pieces += 2, round += 1) {
      upstream.text(...split(offsets[round % offsets.length] ?? 1));
    }
    upstream.text(...canary.split(''), ' end ');
    upstream.say(whole);
    const told = saidIn(await all(taken({ bytes: 4_000_000 })));
    expect(told).not.toContain(canary);
    expect(told.replaceAll('[redacted:canary]', '').replaceAll(filler, '').trim()).toBe('end');
    expect(told.split('[redacted:canary]')).toHaveLength(5_000 + 2);
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
        begin();
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

  it('of several lanes lose nothing of any, whatever their pieces weigh beside a window', async () => {
    const lanes = ['0/reasoning', '0/content', '1/content'];
    const pieces = fc.array(
      fc.tuple(fc.constantFrom(...lanes), fc.constantFrom(3, 700, 5_000, 9_000, 40_000)),
      { minLength: 2, maxLength: 24 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (plan) => {
        begin();
        const given = new Map<string, string>();
        for (const [at, [lane, size]] of plan.entries()) {
          const piece = `${at} words. `.repeat(Math.ceil(size / 9)).slice(0, size);
          given.set(lane, (given.get(lane) ?? '') + piece);
          upstream.say(text(piece, lane));
        }
        upstream.say(whole);
        const told = new Map<string, string>();
        for (const event of eventsOf(await all(taken({ bytes: 4_000_000 })))) {
          if (event.kind !== 'text') continue;
          told.set(event.lane, (told.get(event.lane) ?? '') + event.text);
        }
        expect(Object.fromEntries(told)).toEqual(Object.fromEntries(given));
      }),
      { numRuns: 60 },
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
      begin();
      upstream.say({ kind: 'complete', ...(usage === undefined ? {} : { usage }) });
      expect((await all(taken())).at(-1)).toMatchObject({ effect: 'done', usage: told });
      expect([upstream.cancelled, upstream.left]).toEqual([0, 1]);
    }
  });
});
