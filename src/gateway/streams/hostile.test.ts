import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamEnd, StreamEvent } from '#contracts/streamed.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { FakeStreamed } from '../../../test/fakes/fake-streamed.ts';
import type { ManualTimer } from '../../../test/fakes/manual-timer.ts';
import {
  key,
  npm,
  reader,
  all,
  text,
  fact,
  eventsOf,
  sizeOf,
  saidIn,
  refused,
  StreamWorld,
} from '../../../test/fakes/stream-world.ts';
import type { Window, WindowsEnd } from '../taken-stream.ts';

const whole: StreamEnd = { kind: 'complete' };

let timer: ManualTimer;
let upstream: FakeStreamed;
let taken: StreamWorld['taken'];
let caller: AbortController;

function begin(): void {
  const world = new StreamWorld();
  ({ timer, upstream, caller } = world);
  taken = (bounds) => world.taken(bounds);
}

beforeEach(begin);

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
      begin();
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
          // What a server wrote stands in no record in plain.
          recordedMessage: 'the tool server answered with an error',
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
    begin();
    upstream.say(text(`first. ${key.slice(0, -1)}`), 'over');
    expect(eventsOf(await all(taken()))).toEqual([text('first. ')]);
  });

  it('is ended when it says more than its cap', async () => {
    const bytes = 100;
    for (const [size, isTooLong] of [
      [50, false],
      [51, true],
    ] as const) {
      begin();
      upstream.say(text('ü'.repeat(size)), whole);
      const end = (await all(taken({ bytes }))).at(-1);
      if (isTooLong) expect(end).toMatchObject(refused('tools/result-too-large'));
      else expect(end).toMatchObject({ refusal: undefined });
    }
    begin();
    upstream.say(fact({ a: 'x'.repeat(bytes) }), whole);
    expect((await all(taken({ bytes }))).at(-1)).toMatchObject(refused('tools/result-too-large'));
  });

  it('is ended by one event of 100 MB without looking into it', async () => {
    upstream.text('npm_ '.repeat(20_000_000));
    expect(await all(taken())).toMatchObject([refused('tools/result-too-large')]);
  });

  it('is ended by a fact that fits no window', async () => {
    for (const [size, fits] of [
      [limits.windowBytes - 8, true],
      [limits.windowBytes - 7, false],
    ] as const) {
      begin();
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
      begin();
      for (let at = 0; at < count; at += 1) upstream.say(text('a. ', `${at}/content`));
      upstream.say(whole);
      const every = await all(taken());
      expect(eventsOf(every)).toHaveLength(limits.streamLanes);
      expect(every.at(-1)).toMatchObject(
        fits ? { refusal: undefined } : refused('tools/result-too-large'),
      );
    }
    for (const name of ['', 'a b', 'ü', 'a\n', 'x'.repeat(65), key, npm, '[redacted]', 'a:b']) {
      begin();
      upstream.say(text('a. ', name), whole);
      expect(await all(taken()), name).toMatchObject([refused('tools/upstream-protocol')]);
    }
    for (const name of ['__proto__', 'constructor', 'x'.repeat(64), '0/tool/1/arguments']) {
      begin();
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
    begin();
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
