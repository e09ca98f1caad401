import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWholeLog } from './crash-log.ts';
import type { TestAgent } from './instance.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  world = await startWorld('', { args: ['--gateways', '2'] });
  agent = await world.instance.enrolAgent('worker');
}, 120_000);
afterAll(() => world?.close(), 60_000);

const revision = '2025-11-25';
let nextId = 100;

function send(body: object, headers: object = {}, signal?: AbortSignal, by = agent) {
  return by.fetch(world.gateway, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function begin(by = agent): Promise<string> {
  const clientInfo = { name: 'e2e', version: '1' };
  const params = { protocolVersion: revision, capabilities: {}, clientInfo };
  const answer = await send({ id: 1, method: 'initialize', params }, {}, undefined, by);
  await answer.text();
  return answer.headers.get('mcp-session-id') ?? '';
}

/** What came so far, once this is part of it; all of it, when it ends before. */
async function heard({ body }: Response, until?: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (until?.test(text) === true) break;
  }
  return text;
}

interface Broken {
  readonly id: number;
  readonly session: string;
  /** What its client goes on from. */
  readonly after: string;
  readonly word: string;
}

/** A call that is on its way, and whose connection is gone. */
async function brokenCall(tool = 'fake__note'): Promise<Broken> {
  const [session, id] = [await begin(), nextId++];
  const word = `word-${id}`;
  const gone = new AbortController();
  const params = { name: tool, arguments: { text: word } };
  const answer = await send(
    { id, method: 'tools/call', params },
    { 'mcp-session-id': session },
    gone.signal,
  );
  const first = await heard(answer, /^data: \n\n/m).catch(String);
  gone.abort();
  return { id, session, word, after: /^id: (\S+)$/m.exec(first)?.[1] ?? '' };
}

function comeBack({ session, after }: Pick<Broken, 'session' | 'after'>, by = agent) {
  const headers = { accept: 'text/event-stream', 'mcp-session-id': session };
  return by.fetch(world.gateway, { headers: { ...headers, 'last-event-id': after } });
}

const reached = (word: string) =>
  world.upstream.calls().filter(({ body }) => body.includes(`"${word}"`)).length;

describe('a client whose connection breaks in mid-call', () => {
  it('comes back to any gateway and is told the answer, once, of a call that was made once [TOL-01]', async () => {
    const broken: Broken[] = [];
    // Several: the gateway at which a client comes back is not its to choose.
    for (let at = 0; at < 6; at += 1) {
      const release = world.upstream.hold();
      const one = await brokenCall();
      broken.push(one);
      const coming = comeBack(one).then((answer) => heard(answer));
      release();
      const told = await coming;
      expect(told.match(new RegExp(`"id":${one.id},`, 'g'))).toHaveLength(1);
      expect(told).not.toContain('"isError":true');
      expect(reached(one.word)).toBe(1);
    }
  });

  it('may come back when all is over, and is told then', async () => {
    const release = world.upstream.hold();
    const one = await brokenCall();
    release();
    await expect.poll(() => reached(one.word)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await heard(await comeBack(one))).toContain(`"id":${one.id},`);
  });

  it('is told nothing of what another one asked, nor of another session of its own [TOL-01]', async () => {
    const release = world.upstream.hold();
    const one = await brokenCall();
    release();
    const stranger = await world.instance.enrolAgent('worker');
    const codes = async (answer: Response) => {
      const { error } = (await answer.json()) as { error?: { data?: { code?: string } } };
      return [answer.status, error?.data?.code];
    };
    expect(await codes(await comeBack(one, stranger))).toEqual([404, 'admit/unknown-session']);
    const own = { session: await begin(), after: one.after };
    expect(await codes(await comeBack(own))).toEqual([400, 'admit/unknown-event']);
    const theirs = { session: await begin(stranger), after: one.after };
    expect(await codes(await comeBack(theirs, stranger))).toEqual([400, 'admit/unknown-event']);
    const made = { session: one.session, after: `${one.after.slice(0, -8)}AAAAAA.0` };
    expect(await codes(await comeBack(made))).toEqual([400, 'admit/unknown-event']);
  });

  it('is told a stop that came meanwhile in the place of the answer, by which it was withheld [TOL-01]', async () => {
    const release = world.upstream.hold();
    const one = await brokenCall();
    release();
    await expect.poll(() => reached(one.word)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const target = { kind: 'tool', name: 'fake/note' };
    const admin = world.instance.admin;
    await admin.request('POST', '/v1/stops', { target, reason: 'a look' });
    // Both gateways have it within the time of a stop.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const told = await heard(await comeBack(one));
    await admin.request('POST', '/v1/stops/release', { target, reason: 'seen' });
    expect(told).toMatch(new RegExp(`"id":${one.id},[^]*stop/active`));
    expect(told).not.toContain(one.word);
  });

  it('is told nothing once it may not act any more [TOL-01]', async () => {
    const release = world.upstream.hold();
    const one = await brokenCall();
    release();
    const admin = world.instance.admin;
    await admin.request('POST', '/v1/agents/worker/suspend', { reason: 'test' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const answer = await comeBack(one);
    const told = await heard(answer);
    await admin.request('POST', '/v1/agents/worker/resume', { reason: 'test' });
    expect([answer.status, told.includes('standing/agent-suspended')]).toEqual([403, true]);
    expect(told).not.toContain(one.word);
  });

  it('has each of its calls on record once, as done: to be away is not to cancel', async () => {
    await world.instance.stop();
    const log = readWholeLog(world.instance.data);
    const closing = log.intents.flatMap(({ id }) => log.outcomes.get(id) ?? []);
    const words = closing.filter(({ type }) => type !== 'policy.outcome-part');
    expect(words.length).toBeGreaterThanOrEqual(10);
    expect(words.map(({ effect }) => effect).filter((effect) => effect === 'unknown')).toEqual([]);
  });
});
