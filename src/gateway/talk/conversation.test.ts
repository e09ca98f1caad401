import { describe, expect, it, vi } from 'vitest';
import type { Aside, AskMethod, Hearing } from '#contracts/tool-server.ts';
import type { Reply, Talk } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Heard, Taken, TakenAsks } from '../intake.ts';
import type { TakenStream, Window, WindowsEnd } from '../taken-stream.ts';
import { Conversation, type ConversationParts, type Going } from './conversation.ts';

const done: Taken = { kind: 'answer', result: { content: [] }, redactions: 0 };
const name = { type: 'object', properties: { name: { type: 'string' } } };

describe('a call in which more is said than a question and its answer', () => {
  it('tells what its server says in its order, and then the answer', async () => {
    const world = talking({ progress: true, log: 'info' }, async ({ say }) => {
      say(progress(1));
      say(log('info', 'half'));
      await turn();
      say(progress(2));
      return done;
    });
    const { windows, end } = await read(world.stream());
    expect(windows.flat().map(({ method }) => method)).toEqual([
      'notifications/progress',
      'notifications/message',
      'notifications/progress',
    ]);
    expect(end).toMatchObject({ refusal: undefined, effect: 'done', answer: done });
  });

  it('tells of a log what is as severe as was asked for, and nothing when nobody asked', async () => {
    for (const [wanted, told] of [
      ['warning', ['warning', 'error']],
      ['debug', ['debug', 'warning', 'error']],
      [undefined, []],
    ] as const) {
      const world = talking({ log: wanted }, ({ say }) => {
        for (const level of ['debug', 'warning', 'error', 'made-up']) say(log(level, level));
        return Promise.resolve(done);
      });
      const { windows } = await read(world.stream());
      expect(windows.flat().map(({ params }) => (params as JsonObject)['level'])).toEqual(told);
    }
  });

  it('drops the oldest of what nobody takes, and never what was asked', async () => {
    const world = talking({ progress: true, capabilities: { elicitation: {} } }, async (server) => {
      server.say(progress(0));
      const reply = server.ask('elicitation/create', { requestedSchema: name });
      for (let at = 1; at <= limits.asidesWaiting * 2; at += 1) server.say(progress(at));
      await reply;
      return done;
    });
    const stream = world.stream();
    const windows = stream.windows[Symbol.asyncIterator]();
    const first = (await windows.next()).value as Window;
    expect(first.events).toHaveLength(limits.asidesWaiting);
    expect(world.asked).toHaveLength(1);
    world.asked[0]?.({ kind: 'result', result: { action: 'cancel' } });
    expect(((await windows.next()).value as WindowsEnd).answer).toEqual(done);
  });

  it('asks its caller in mid-call and passes the reply to the server', async () => {
    const heard: Reply[] = [];
    const world = talking({ capabilities: { elicitation: {} } }, async ({ ask }) => {
      heard.push(await ask('elicitation/create', { message: 'who?', requestedSchema: name }));
      return done;
    });
    const told = read(world.stream());
    await turn();
    world.asked[0]?.({ kind: 'result', result: { action: 'accept', content: { name: 'Ada' } } });
    const { windows, end } = await told;
    expect(windows.flat()[0]).toMatchObject({ id: 'ask-0', method: 'elicitation/create' });
    expect(heard).toEqual([
      { kind: 'result', result: { action: 'accept', content: { name: 'Ada' } } },
    ]);
    expect(end.answer).toEqual(done);
  });

  it('declines a form that asks for a secret, and shows it to nobody', async () => {
    for (const field of ['password', 'apiKey', 'one_time_code', 'pin']) {
      const heard: Reply[] = [];
      const requestedSchema = { type: 'object', properties: { [field]: { type: 'string' } } };
      const world = talking({ capabilities: { elicitation: {} } }, async ({ ask }) => {
        heard.push(await ask('elicitation/create', { requestedSchema }));
        return done;
      });
      const { windows } = await read(world.stream());
      expect(windows, field).toEqual([]);
      expect(heard).toEqual([{ kind: 'result', result: { action: 'decline' } }]);
    }
  });

  it('refuses a call whose server asks for a secret in its answer (tools/asks-for-secret)', async () => {
    const requestedSchema = { type: 'object', properties: { password: { type: 'string' } } };
    const requests = { who: { method: 'elicitation/create', params: { requestedSchema } } };
    const world = talking({ asked: 'retry', capabilities: { elicitation: {} } }, () =>
      Promise.resolve({ kind: 'asks', requests, state: 's', redactions: 0 }),
    );
    const { end } = await read(world.stream());
    expect(end).toMatchObject({ refusal: { code: 'tools/asks-for-secret' }, effect: 'done' });
    expect(world.kept).toEqual([]);
  });

  it('is refused when its caller refuses to reply to what the answer asks (tools/ask-refused)', async () => {
    const world = talking({ capabilities: { elicitation: {} } }, () =>
      Promise.resolve(asks('s', 'a')),
    );
    world.replyAtOnce({ kind: 'error', code: -1, message: 'no' });
    const { end } = await read(world.stream());
    expect(end).toMatchObject({ refusal: { code: 'tools/ask-refused' }, effect: 'done' });
  });

  it('waits for a reply no longer than askReplyMs', async () => {
    vi.useFakeTimers();
    try {
      const heard: Reply[] = [];
      const world = talking({ capabilities: { elicitation: {} } }, async ({ ask }) => {
        heard.push(await ask('elicitation/create', { requestedSchema: name }));
        return done;
      });
      const told = read(world.stream());
      await vi.advanceTimersByTimeAsync(limits.askReplyMs - 1);
      expect(heard).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect((await told).end.answer).toEqual(done);
      expect(heard).toMatchObject([{ kind: 'error' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('passes no reply on that carries what must not go to a server', async () => {
    const heard: Reply[] = [];
    const secret = { action: 'accept', content: { name: 'secret' } };
    const world = talking({ capabilities: { elicitation: {} } }, async ({ ask }) => {
      heard.push(await ask('elicitation/create', { requestedSchema: name }));
      return done;
    });
    const told = read(world.stream());
    await turn();
    world.asked[0]?.({ kind: 'result', result: secret });
    await told;
    expect(heard).toMatchObject([{ kind: 'error', code: -32_603 }]);
  });

  it('puts what a server asks in its answer to a caller in mid-call, and asks the server again', async () => {
    const goings: (Going | undefined)[] = [];
    const world = talking({ capabilities: { elicitation: {} } }, ({ going }) => {
      goings.push(going);
      return Promise.resolve(going === undefined ? asks('s1', 'who') : done);
    });
    const told = read(world.stream());
    await turn();
    world.asked[0]?.({ kind: 'result', result: { action: 'accept' } });
    expect((await told).end.answer).toEqual(done);
    expect(goings).toEqual([undefined, { replies: { who: { action: 'accept' } }, state: 's1' }]);
  });

  it('gives a caller who can only call again a handle, and keeps what the server gave along', async () => {
    const world = talking({ asked: 'retry', capabilities: { elicitation: {} } }, () =>
      Promise.resolve(asks('its state', 'who')),
    );
    const { end } = await read(world.stream());
    expect(end.answer).toMatchObject({ asks: 'handle-0', result: asks('', 'who').requests });
    expect(JSON.stringify(end)).not.toContain('its state');
    expect(world.kept[0]).toEqual({ state: 'its state', parked: undefined });
  });

  it('keeps a server waiting that asks in mid-call, until its caller calls again with replies', async () => {
    const heard: Reply[] = [];
    const world = talking(
      { asked: 'retry', capabilities: { elicitation: {} } },
      async ({ ask }) => {
        heard.push(await ask('elicitation/create', { message: 'who?', requestedSchema: name }));
        return done;
      },
    );
    const { end } = await read(world.stream());
    expect(end.answer).toMatchObject({
      asks: 'handle-0',
      result: { 'ask-1': { method: 'elicitation/create' } },
    });
    expect(world.aborted()).toBe(false);
    const { parked } = world.kept[0] ?? {};
    parked?.resume({ 'ask-1': { action: 'accept', content: { name: 'Ada' } } }, []);
    const second = await read(parked?.stream(new AbortController().signal));
    expect(second.end.answer).toEqual(done);
    expect(heard).toMatchObject([{ kind: 'result' }]);
  });

  it('ends its request when the caller leaves, and when what is kept expires', async () => {
    const leaving = new AbortController();
    const world = talking({ progress: true }, ({ signal }) => untilAborted(signal));
    const told = read(world.stream(leaving.signal));
    await turn();
    leaving.abort();
    expect((await told).end.refusal?.code).toBe('gateway/cancelled');
    expect(world.aborted()).toBe(true);

    const parked = talking(
      { asked: 'retry', capabilities: { elicitation: {} } },
      async (server) => {
        await server.ask('elicitation/create', { requestedSchema: name });
        return done;
      },
    );
    await read(parked.stream());
    parked.kept[0]?.parked?.giveUp();
    expect(parked.aborted()).toBe(true);
  });

  it('sends nothing more of what was lent to it once it is parked, and what is lent to whoever goes on [CRD-08]', async () => {
    const lent = [{ kind: 'header', header: 'authorization', value: 'v', secret: 'v' }] as const;
    let atFirst: unknown = 'not asked';
    const world = talking({ asked: 'retry', capabilities: { elicitation: {} } }, (server) => {
      atFirst = world.lent();
      return waits(server);
    });
    await read(world.stream());
    expect(atFirst).toBeUndefined();
    expect(world.lent()).toEqual([]);
    world.kept[0]?.parked?.resume({}, lent);
    expect(world.lent()).toEqual(lent);
  });

  it('lets its server go at once when nobody was told that it asks', async () => {
    const world = talking({ asked: 'retry', capabilities: { elicitation: {} } }, waits);
    const stream = world.stream();
    await read(stream);
    expect(world.aborted()).toBe(false);
    expect(stream.untold?.()).toBe(true);
    expect(world.forgotten).toEqual(['handle-0']);
    expect(world.aborted()).toBe(true);
    // A server that asked by its answer is at nothing any more.
    const answered = talking({ asked: 'retry', capabilities: { elicitation: {} } }, () =>
      Promise.resolve(asks('s', 'a')),
    );
    const second = answered.stream();
    await read(second);
    expect(second.untold?.()).toBe(false);
    expect(answered.forgotten).toEqual(['handle-0']);
  });

  it('says what is known of it when it is dropped: stopped, or ended by its server by itself', async () => {
    const stopped = talking({ asked: 'retry', capabilities: { elicitation: {} } }, waits);
    await read(stopped.stream());
    expect(await stopped.kept[0]?.parked?.drop(true)).toBe('unknown');
    expect(stopped.aborted()).toBe(true);
    const heard: Reply[] = [];
    const late = talking({ asked: 'retry', capabilities: { elicitation: {} } }, async ({ ask }) => {
      heard.push(await ask('elicitation/create', { requestedSchema: name }));
      heard.push(await ask('elicitation/create', { requestedSchema: name }));
      return done;
    });
    await read(late.stream());
    expect(await late.kept[0]?.parked?.drop(false)).toBe('done');
    expect(heard).toMatchObject([{ kind: 'error' }, { kind: 'error' }]);
  });

  it('ends with a server that never stops asking', async () => {
    let rounds = 0;
    const world = talking({ capabilities: { elicitation: {} } }, () => {
      rounds += 1;
      return Promise.resolve(asks('again', 'who'));
    });
    world.replyAtOnce({ kind: 'result', result: { action: 'accept' } });
    const { end } = await read(world.stream());
    expect(rounds).toBe(limits.askRounds);
    expect(end).toMatchObject({ refusal: { code: 'tools/upstream-protocol' }, effect: 'done' });
  });

  it('asks nobody when too many questions wait already', async () => {
    const heard: Reply[] = [];
    const world = talking({ capabilities: { elicitation: {} } }, async ({ ask }) => {
      heard.push(await ask('elicitation/create', { requestedSchema: name }));
      return done;
    });
    world.isFull = true;
    await read(world.stream());
    expect(heard).toMatchObject([{ kind: 'error' }]);
    const again = talking({ asked: 'retry', capabilities: {} }, () =>
      Promise.resolve(asks('s', 'a')),
    );
    again.isFull = true;
    expect((await read(again.stream())).end.refusal?.code).toBe('tools/too-many-asks');
  });
});

/** It asks, and ends only when it is given up. */
async function waits({ ask, signal }: Server): Promise<Taken> {
  void ask('elicitation/create', { requestedSchema: name });
  return untilAborted(signal);
}

interface Server {
  readonly going: Going | undefined;
  readonly signal: AbortSignal;
  readonly say: (aside: Aside) => void;
  readonly ask: (method: AskMethod, params: JsonObject) => Promise<Reply>;
}

/** A server that behaves as `serve` says, and a caller who is asked. */
function talking(talk: Partial<Talk>, serve: (server: Server) => Promise<Taken | TakenAsks>) {
  const asked: ((reply: Reply) => void)[] = [];
  const kept: { state: string | undefined; parked: Conversation | undefined }[] = [];
  const forgotten: string[] = [];
  let signalled: AbortSignal | undefined;
  let atOnce: Reply | undefined;
  let hearingOf: Hearing | undefined;
  const world = {
    asked,
    kept,
    forgotten,
    lent: () => hearingOf?.lent?.(),
    isFull: false,
    replyAtOnce: (reply: Reply) => void (atOnce = reply),
    aborted: () => signalled?.aborted ?? false,
    stream: (signal = new AbortController().signal) =>
      new Conversation(parts, undefined).stream(signal),
  };
  const parts: ConversationParts = {
    talk: { progress: false, log: undefined, capabilities: {}, asked: 'stream', ...talk },
    capabilities: talk.capabilities ?? {},
    request(hearing, going, signal, hear) {
      signalled = signal;
      hearingOf = hearing;
      const say = (aside: Aside): void => hear({ aside, redactions: 0 } satisfies Heard);
      const ask: Server['ask'] = (method, params) =>
        new Promise((answer) => say({ kind: 'ask', method, params, answer }));
      return turn().then(() => serve({ going, signal, say, ask }));
    },
    ask(hear) {
      if (world.isFull) return undefined;
      asked.push(hear);
      if (atOnce !== undefined) queueMicrotask(() => hear(atOnce as Reply));
      return { id: `ask-${asked.length - 1}`, close: () => undefined };
    },
    keep(state, parked) {
      if (world.isFull) return undefined;
      kept.push({ state, parked });
      return `handle-${kept.length - 1}`;
    },
    forget: (handle) => void forgotten.push(handle),
    inspect: (reply) =>
      JSON.stringify(reply).includes('secret')
        ? refusal('semantic/secret-in-arguments')
        : undefined,
  };
  return world;
}

async function read(stream: TakenStream | undefined) {
  const windows: JsonObject[][] = [];
  for await (const one of stream?.windows ?? []) {
    if (one.kind === 'end') {
      stream?.cancel();
      return { windows, end: one };
    }
    windows.push(one.events.map((event) => (event.kind === 'fact' ? event.value : {})));
  }
  throw new Error('it has no end');
}

function progress(at: number): Aside {
  return { kind: 'notice', method: 'notifications/progress', params: { progress: at } };
}

function log(level: string, data: string): Aside {
  return { kind: 'notice', method: 'notifications/message', params: { level, data } };
}

function asks(state: string, name: string): TakenAsks {
  const requests = { [name]: { method: 'elicitation/create', params: { message: 'who?' } } };
  return { kind: 'asks', requests, state, redactions: 0 };
}

/** As a connection does it: a request that is given up settles. */
function untilAborted(signal: AbortSignal): Promise<Taken> {
  const given: Taken = {
    kind: 'failed',
    refusal: refusal('gateway/cancelled'),
    effect: 'unknown',
    heard: false,
  };
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(given)));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
