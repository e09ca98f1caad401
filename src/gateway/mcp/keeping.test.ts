import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { type HttpFront, refusedAsIs, startHttpFront } from '../../../test/fakes/http-front.ts';
import { everything, requestTo } from '../http/front-trial.suite.ts';
import { holderOf } from '../holder.ts';
import type { Release } from '../release.ts';
import { createKeptAnswers, type KeptAnswers } from '../sessions/kept-answers.ts';
import { createListeners } from '../sessions/listeners.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';
import { createMcpProtocol } from './protocol.ts';

const principal = { tenant: 'main', agent: 'worker', instance: 'i', task: 't' } as Principal;
const result = { content: [{ type: 'text', text: 'the answer' }] };
const answered: Outcome = {
  kind: 'result',
  recordId: 'r',
  result,
  bytes: Buffer.from(JSON.stringify(result)),
};

const listeners = createListeners({
  mayListen: () => true,
  tools: () => '',
  rights: () => '',
  mayHear: () => true,
  version: () => '',
  monotonic: () => 0,
});

/** One call on its way, which ends when it is told to. */
interface Running {
  readonly call: Call;
  readonly release: Release;
  readonly end: (outcome: Outcome) => void;
}

let front: HttpFront;
let sessions: Sessions;
let answers: KeptAnswers;
let clock: ManualClock;
let running: PromiseWithResolvers<Running>;

beforeEach(async () => {
  clock = new ManualClock();
  const seal = await new FakeKeyring().wrapper('mcp-sessions');
  answers = createKeptAnswers({ seal, clock });
  sessions = createSessions({ seal, clock, onEnd: (id) => answers.endSession(id) });
  const protocol = createMcpProtocol({ name: 'b', version: '0' }, { sessions, listeners, answers });
  front = await startHttpFront([protocol]);
  running = Promise.withResolvers();
  front.run = (call, release = () => Promise.reject(new Error('told whole'))) => {
    const { kind } = call.action;
    if (kind === 'refused') return Promise.resolve(refusedAsIs(call));
    if (kind === 'notice') return Promise.resolve({ kind: 'noticed', recordId: 'r', principal });
    call.onIdentified?.(principal, {} as Snapshot);
    return new Promise((end) => running.resolve({ call, release, end }));
  };
});
afterEach(async () => {
  answers.close();
  await front.close();
});

const begin = (revision = '2025-11-25', by = principal): string =>
  sessions.begin(by, { revision, capabilities: undefined });

function callIn(session: string | undefined, meta: object = {}, id: string | number = 7): string {
  const params = { name: 'a__b', arguments: {}, _meta: meta };
  const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
  const named = session === undefined ? [] : [`mcp-session-id: ${session}`];
  return requestTo(front, '/mcp', body, named);
}

function rest(session: string, after: string): string {
  const head = [`host: ${front.host}`, 'authorization: Bearer t', `mcp-session-id: ${session}`];
  return ['GET /mcp HTTP/1.1', ...head, `last-event-id: ${after}`, '', ''].join('\r\n');
}

async function asked(text: string) {
  const socket = await front.open();
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, heard: everything(socket) };
}

const progress = { method: 'notifications/progress', params: { progress: 1 } };
const told = { events: [{ kind: 'fact' as const, value: progress }] };
const lastId = (text: string): string => [...text.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? '';

describe('a client that lost the connection on which an answer was to come', () => {
  it('hears what it missed and the answer, once, in the same session [TOL-01]', async () => {
    const session = begin();
    const first = await asked(callIn(session, { progressToken: 'mine' }));
    const { call, release, end } = await running.promise;
    const heard = await first.heard.until(/^id: a\.\S+\.0\nretry: \d+\ndata: \n\n/m);
    expect(heard).toMatch(/^HTTP\/1\.1 200[^]*content-type: text\/event-stream/);
    first.socket.destroy();
    await release(told);
    const second = await asked(rest(session, lastId(heard)));
    const missed = await second.heard.until(/progressToken[^]*\n\n/);
    expect(missed).toContain('"progressToken":"mine"');
    await release(told);
    end(answered);
    const whole = await second.heard.until(/\r\n0\r\n/);
    expect(whole.match(/"method":"notifications\/progress"/g)).toHaveLength(2);
    expect(whole.match(/"id":7,[^]*?the answer/g)).toHaveLength(1);
    expect(call.signal.aborted).toBe(false);
    // Whoever comes back from the end of it has missed nothing.
    const third = await asked(rest(session, lastId(whole)));
    expect(await third.heard.until(/\r\n0\r\n/)).not.toContain('data:');
  });

  it('hears what was told while nobody knew that it is gone, by the connection that it has now', async () => {
    const session = begin();
    const first = await asked(callIn(session, { progressToken: 1 }));
    const { release, end } = await running.promise;
    const primed = await first.heard.until(/data: \n\n/);
    await release(told);
    await first.heard.until(/progress/);
    const second = await asked(rest(session, lastId(primed)));
    await second.heard.until(/progress/);
    // One reader: the connection of before is ended.
    await expect.poll(() => first.socket.destroyed || first.socket.readableEnded).toBe(true);
    end(answered);
    expect(await second.heard.until(/\r\n0\r\n/)).toContain('the answer');
  });

  it('need not have asked for more than the answer', async () => {
    const first = await asked(callIn(begin()));
    const { call, end } = await running.promise;
    expect(call.talk).toBeUndefined();
    await first.heard.until(/data: \n\n/);
    end(answered);
    expect(await first.heard.until(/\r\n0\r\n/)).toMatch(
      /id: a\.\S+\.1\nevent: message\ndata: .*the answer/,
    );
  });

  it('is answered as ever before `limits.primedAfterMs`: in one piece', async () => {
    expect(limits.primedAfterMs).toBeGreaterThan(100);
    const first = await asked(callIn(begin()));
    (await running.promise).end(answered);
    expect(await first.heard.until(/the answer/)).toMatch(/content-type: application\/json/);
  });

  it('of a revision without empty events finds its place in what it was told', async () => {
    const session = begin('2025-06-18');
    const first = await asked(callIn(session, { progressToken: 1 }));
    const { release, end } = await running.promise;
    await release(told);
    const heard = await first.heard.until(/progress[^]*\n\n/);
    expect(heard).not.toMatch(/^data: $/m);
    first.socket.destroy();
    end(answered);
    const second = await asked(rest(session, lastId(heard)));
    const whole = await second.heard.until(/\r\n0\r\n/);
    expect([whole.includes('progress'), whole.includes('the answer')]).toEqual([false, true]);
  });

  it('hears nothing of another session or of nobody’s, however it names it [TOL-01]', async () => {
    const session = begin();
    const first = await asked(callIn(session));
    await running.promise;
    const id = lastId(await first.heard.until(/data: \n\n/));
    const foreign = begin('2025-11-25', { ...principal, instance: 'another' });
    for (const [of, after] of [
      [begin(), id],
      [foreign, id],
      [session, `${id.slice(0, -4)}AA.0`],
      [session, 'a.b.0'],
    ] as const) {
      const answer = await front.raw(rest(of, after));
      expect(answer).toMatch(/^HTTP\/1\.1 400[^]*admit\/unknown-event/);
    }
    // Whose the session is, the path judges, as of every request in it.
    const again = await asked(rest(session, id));
    await again.heard.until(/200 OK/);
    expect(front.calls.at(-1)).toMatchObject({ heldBy: holderOf(principal), method: 'GET' });
  });

  it('hears nothing once its session has ended', async () => {
    const session = begin();
    const first = await asked(callIn(session));
    await running.promise;
    const id = lastId(await first.heard.until(/data: \n\n/));
    sessions.end(sessions.open(session)?.id ?? '');
    expect(await front.raw(rest(session, id))).toMatch(/^HTTP\/1\.1 404[^]*admit\/unknown-session/);
  });

  it('is told, in the place of the answer, that it is kept no more', async () => {
    const session = begin();
    const first = await asked(callIn(session));
    const { end } = await running.promise;
    const id = lastId(await first.heard.until(/data: \n\n/));
    first.socket.destroy();
    end(answered);
    await expect.poll(() => front.calls.length).toBe(1);
    clock.advance(limits.keptAnswersMs + 1);
    const second = await asked(rest(session, id));
    const whole = await second.heard.until(/\r\n0\r\n/);
    expect(whole).toContain('"id":7,');
    expect(whole).toContain('tools/answer-gone');
    expect(whole).toContain('"effect":"unknown"');
  });

  it('is told a stop in the place of what it was not yet told [TOL-01]', async () => {
    const session = begin();
    const first = await asked(callIn(session));
    const { call, end } = await running.promise;
    let stopped = false;
    call.onLent?.(() => (stopped ? refusal('stop/active') : undefined));
    const id = lastId(await first.heard.until(/data: \n\n/));
    first.socket.destroy();
    end(answered);
    stopped = true;
    const second = await asked(rest(session, id));
    const whole = await second.heard.until(/\r\n0\r\n/);
    expect([whole.includes('the answer'), whole.includes('stop/active')]).toEqual([false, true]);
  });
});

describe('a client that leaves', () => {
  it('ends its call where it has no session, for nobody can come back', async () => {
    const { socket } = await asked(callIn(undefined));
    const { call, end } = await running.promise;
    socket.destroy();
    await expect.poll(() => call.signal.aborted).toBe(true);
    end(answered);
  });

  it('in a session ends nothing, also before it knows what to come back for [TOL-01]', async () => {
    const { socket } = await asked(callIn(begin(), { progressToken: 1 }));
    const { call, release, end } = await running.promise;
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.destroy();
    await closed;
    await release(told);
    expect(call.signal.aborted).toBe(false);
    end(answered);
  });

  it('in a session can still cancel what it asked', async () => {
    const session = begin();
    const first = await asked(callIn(session));
    const { call, end } = await running.promise;
    await first.heard.until(/data: \n\n/);
    first.socket.destroy();
    const notice = { method: 'notifications/cancelled', params: { requestId: 7 } };
    const body = JSON.stringify({ jsonrpc: '2.0', ...notice });
    await front.raw(requestTo(front, '/mcp', body, [`mcp-session-id: ${session}`]));
    await expect.poll(() => call.signal.aborted).toBe(true);
    end(answered);
  });
});
