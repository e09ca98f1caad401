import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import { type HttpFront, startHttpFront } from '../../../test/fakes/http-front.ts';
import type { StreamEvent } from '#contracts/streamed.ts';
import type { Release } from '../release.ts';
import { everything, requestTo } from './front-trial.suite.ts';
import type { Protocol } from './protocol.ts';

const ended: (Outcome | undefined)[] = [];

/** Every window is one event, and the last one says how it ended. */
const streaming: Protocol = {
  name: 'streams',
  routes: [{ method: 'POST', path: '/stream' }],
  headerPrefixes: [],
  answer: plain,
  read: () => ({
    method: 'stream',
    revision: '',
    action: { kind: 'greet' },
    answer: plain,
    stream: {
      contentType: 'text/event-stream',
      keepAlive: Buffer.from(': \n\n'),
      window: ({ events }) =>
        Buffer.concat([Buffer.from('data: '), ...events.map(textOf), Buffer.from('\n\n')]),
      end: (outcome) => Buffer.from(`event: end\ndata: ${outcome.kind}\n\n`),
    },
    onEnded: (outcome) => void ended.push(outcome),
  }),
};

function plain(outcome: Outcome) {
  const no = outcome.kind === 'refused' ? outcome.refusal : undefined;
  const body = outcome.kind === 'result' ? outcome.bytes : Buffer.from(`"${outcome.kind}"`);
  return { status: no?.status ?? 200, body, refusal: no };
}

const done: Outcome = { kind: 'greeted', recordId: 'r' };

let front: HttpFront;

/** What the path does with a stream: windows until there are none, or until one is not taken. */
interface Walked {
  readonly call: Call;
  /** Windows that were taken. */
  released: number;
  readonly outcome: Promise<Outcome>;
}

type Source = (at: number, call: Call) => Promise<Buffer | undefined>;

async function pathOf(
  source: Source,
  { keepAliveMs, ...options }: { answerTakenMs?: number; keepAliveMs?: number } = {},
): Promise<Walked[]> {
  ended.length = 0;
  const alive = keepAliveMs === undefined ? {} : { keepAliveMs };
  front = await startHttpFront([streaming], { ...options, ...alive });
  const walked: Walked[] = [];
  front.run = (call, release) => {
    const walk: Walked = { call, released: 0, outcome: Promise.resolve(done) };
    const outcome = passOn(walk, source, release);
    walked.push(Object.assign(walk, { outcome }));
    return outcome;
  };
  return walked;
}

function textOf(event: StreamEvent): Buffer {
  return Buffer.from(event.kind === 'text' ? event.text : '', 'latin1');
}

/** INVARIANT of the path, not of HTTP: whatever `release` does, there is one outcome. */
async function passOn(
  walk: Walked,
  source: Source,
  release: Release | undefined,
): Promise<Outcome> {
  try {
    for (let at = 0; ; at += 1) {
      const window = await source(at, walk.call);
      if (window === undefined) return done;
      const text = window.toString('latin1');
      await release?.({ events: [{ kind: 'text', lane: '0', text }] });
      walk.released += 1;
    }
  } catch (fault) {
    const why = isRefusal(fault) ? fault : refusal('gateway/cancelled', { message: String(fault) });
    return { kind: 'refused', recordId: 'r', refusal: why, effect: 'unknown' };
  }
}

const request = () => requestTo(front, '/stream', '{}', []);

async function asked(): Promise<Socket> {
  const socket = await front.open();
  socket.on('error', () => undefined);
  socket.write(request());
  return socket;
}

afterEach(() => front.close());

describe('an answer in windows', () => {
  it('has its head with the first window and ends with what the outcome was', async () => {
    const walked = await pathOf((at) =>
      Promise.resolve(at < 3 ? Buffer.from(`w${at}`) : undefined),
    );
    const socket = await asked();
    const text = await everything(socket).until(/\r\n0\r\n\r\n/);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/content-type: text\/event-stream\r\n/);
    expect(text).toMatch(/cache-control: no-store\r\n/);
    expect(text).toMatch(/dpop-nonce: n\r\n/);
    expect(text.match(/data: \w+/g)).toEqual(['data: w0', 'data: w1', 'data: w2', 'data: greeted']);
    expect(ended).toEqual([done]);
    expect(walked[0]?.call.signal.aborted).toBe(false);
    socket.destroy();
  });

  it('leaves the connection to the next request, which has its own', async () => {
    await pathOf((at) => Promise.resolve(at < 1 ? Buffer.from('w') : undefined));
    const socket = await asked();
    const whole = everything(socket);
    await whole.until(/\r\n0\r\n\r\n/);
    socket.write(request());
    expect(await whole.until(/\r\n0\r\n\r\n[^]*\r\n0\r\n\r\n/)).toMatch(/(HTTP\/1\.1 200[^]*){2}/);
    expect(new Set(front.calls.map(({ connection }) => connection.id)).size).toBe(1);
    socket.destroy();
  });

  it('that is refused before its first window has the status of the refusal', async () => {
    await pathOf(() => Promise.reject(refusal('policy/no-permit')));
    const answer = await front.raw(request());
    expect(answer).toMatch(/^HTTP\/1\.1 403[^]*application\/json[^]*"refused"$/);
  });

  it('that is whole without a window is a stream that ends at once', async () => {
    await pathOf(() => Promise.resolve(undefined));
    front.run = () => Promise.resolve({ kind: 'streamed', recordId: 'r', usage: undefined });
    const text = await everything(await asked()).until(/\r\n0\r\n\r\n/);
    expect(text).toMatch(/^HTTP\/1\.1 200[^]*content-type: text\/event-stream\r\n/);
    expect(text.match(/data: \w+/g)).toEqual(['data: streamed']);
  });

  it('that has no window at all is a plain answer', async () => {
    await pathOf(() => Promise.resolve(undefined));
    expect(await front.raw(request())).toMatch(
      /^HTTP\/1\.1 200[^]*application\/json[^]*"greeted"$/,
    );
  });

  it('that breaks after a window ends with what the outcome was, under the status that left', async () => {
    await pathOf((at) =>
      at < 1
        ? Promise.resolve(Buffer.from('w'))
        : Promise.reject(refusal('tools/upstream-protocol')),
    );
    const text = await everything(await asked()).until(/\r\n0\r\n\r\n/);
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).toMatch(/data: w\n\n[^]*event: end\ndata: refused\n\n/);
  });
});

describe('an answer that says nothing for long', () => {
  it('is kept alive by comments, before its first window and after it (keepAliveMs)', async () => {
    const goOn = Promise.withResolvers<void>();
    await pathOf(
      async (at) => {
        if (at === 2) return undefined;
        if (at === 1) await goOn.promise;
        return Buffer.from('w');
      },
      { keepAliveMs: 20 },
    );
    const whole = everything(await asked());
    expect(await whole.until(/data: w\n\n[^]*: \n\n[^]*: \n\n/)).toMatch(/^HTTP\/1\.1 200/);
    goOn.resolve();
    expect(await whole.until(/\r\n0\r\n\r\n/)).toMatch(/event: end\ndata: greeted\n\n/);
  });

  it('is a stream from its first comment on, whatever comes of it', async () => {
    const goOn = Promise.withResolvers<undefined>();
    await pathOf(() => goOn.promise.then(() => Promise.reject(refusal('policy/no-permit'))), {
      keepAliveMs: 20,
    });
    const whole = everything(await asked());
    await whole.until(/: \n\n/);
    goOn.resolve(undefined);
    expect(await whole.until(/\r\n0\r\n\r\n/)).toMatch(/event: end\ndata: refused\n\n/);
  });
});

describe('a reader of windows', () => {
  it.each([1, 2, 3, 5])('that leaves after window %i ends the call', async (last) => {
    const walked = await pathOf(async (at, call) => {
      // The next one is there only when its reader is gone: which one it missed is not by chance.
      if (at === last) await aborted(call);
      return Buffer.from(`w${at}.`);
    });
    const socket = await asked();
    await everything(socket).until(new RegExp(`w${last - 1}\\.`));
    socket.destroy();
    const outcome = await outcomeOf(walked);
    expect(outcome).toMatchObject({ kind: 'refused', effect: 'unknown' });
    expect(walked[0]?.released).toBe(last);
    expect(walked[0]?.call.signal.aborted).toBe(true);
    expect(ended).toEqual([outcome]);
  });

  it('that leaves before the first one ends the call, and no head is written', async () => {
    const walked = await pathOf(async (_, call) => {
      await aborted(call);
      return Buffer.from('w');
    });
    const socket = await asked();
    while (walked.length === 0) await turn();
    socket.destroy();
    expect(await outcomeOf(walked)).toMatchObject({ kind: 'refused' });
    expect(walked[0]?.released).toBe(0);
  });

  it('that closes its half of the connection has left', async () => {
    const walked = await pathOf(async (at, call) => {
      if (at === 1) await aborted(call);
      return Buffer.from('w0.');
    });
    const socket = await asked();
    await everything(socket).until(/w0\./);
    socket.end();
    expect(await outcomeOf(walked)).toMatchObject({ kind: 'refused' });
    expect(walked[0]?.call.signal.aborted).toBe(true);
  });

  it('that takes nothing is cut off when a window waited too long, and little waits here', async () => {
    const window = Buffer.alloc(65_536, 'w');
    const walked = await pathOf(() => Promise.resolve(window), { answerTakenMs: 100 });
    const socket = await asked();
    socket.pause();
    const outcome = await outcomeOf(walked);
    expect(outcome).toMatchObject({ kind: 'refused', effect: 'unknown' });
    expect(JSON.stringify(outcome)).toContain('the answer was not taken in time');
    expect(walked[0]?.call.signal.aborted).toBe(true);
    // What the two sockets of one machine hold, and not what an endless source gives.
    expect((walked[0]?.released ?? 0) * window.length).toBeLessThan(64 * 1_048_576);
  });

  it('that is slow but takes them gets them all, however many', async () => {
    const window = Buffer.alloc(65_536, 'w');
    const walked = await pathOf((at) => Promise.resolve(at < 100 ? window : undefined));
    const socket = await asked();
    const whole = everything(socket);
    socket.pause();
    const pulse = setInterval(() => {
      socket.resume();
      setImmediate(() => socket.pause());
    }, 1);
    const text = await whole.until(/\r\n0\r\n\r\n$/);
    clearInterval(pulse);
    socket.destroy();
    expect(text.match(/w+/g)?.join('').length).toBeGreaterThanOrEqual(100 * window.length);
    expect(await outcomeOf(walked)).toEqual(done);
  });
});

describe('a plain answer', () => {
  it('that nobody reads is cut off as well', async () => {
    await pathOf(() => Promise.resolve(undefined), { answerTakenMs: 100 });
    const large = Buffer.alloc(32 * 1_048_576, 'w');
    front.run = () =>
      Promise.resolve({ kind: 'result', recordId: 'r', result: emptyObject(), bytes: large });
    const socket = await asked();
    socket.pause();
    while (ended.length === 0) await turn();
    // Its signal, because the answer was not told: nothing else here says that it was cut.
    await aborted(front.calls[0]);
  });
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

function aborted(call: Call | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (call?.signal.aborted === true) return resolve();
    call?.signal.addEventListener('abort', () => resolve());
  });
}

async function outcomeOf(walked: readonly Walked[]): Promise<Outcome> {
  while (walked.length === 0) await turn();
  const outcome = await (walked[0] as Walked).outcome;
  while (ended.length === 0) await turn();
  return outcome;
}
