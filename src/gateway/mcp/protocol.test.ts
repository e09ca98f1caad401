import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, contentOf, type Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { type HttpFront, refusedAsIs, startHttpFront } from '../../../test/fakes/http-front.ts';
import { provesFront } from '../http/front.suite.ts';
import { everything, requestTo } from '../http/front-trial.suite.ts';
import { holderOf } from '../holder.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { createListeners } from '../sessions/listeners.ts';
import { createMcpProtocol } from './protocol.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';

const create = () => createMcpProtocol({ name: 'bailiwick', version: '0' });
let front: HttpFront;

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'worker',
  instance: 'i',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'mtls',
  keyThumbprint: undefined,
};

/** What the path would say of each kind, without any of its gates. */
function pass(call: Call): Outcome {
  const { action } = call;
  if (action.kind === 'refused') return refusedAsIs(call);
  if (action.kind === 'tool-list') {
    return { kind: 'listed', recordId: 'r', page: { items: [], nextCursor: undefined } };
  }
  if (action.kind === 'notice') return { kind: 'noticed', recordId: 'r', principal };
  if (action.kind !== 'tool-call') return { kind: 'greeted', recordId: 'r' };
  const result = { content: [] };
  return { kind: 'result', recordId: 'r', result, bytes: Buffer.from('{"content":[]}') };
}

beforeEach(async () => {
  front = await startHttpFront([create()]);
  front.run = (call) => Promise.resolve(pass(call));
});
afterEach(() => front.close());

function request(body: string, ...headers: readonly string[]): string {
  return requestTo(front, '/mcp', body, headers);
}

const legacyList = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const legacyCall =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a.b","arguments":{}}}';
const cancelled = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}';

provesFront('mcp', {
  create,
  path: '/mcp',
  body: legacyCall,
  bodyWith: (value) => legacyCall.replace('{}', `{"a":${value}}`),
  ownHeaders: ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id', 'mcp-later'],
  outcome: pass,
  busyStatus: 200,
});

/** What judges here reads nothing of it. */
const snapshot = {} as Snapshot;

describe('the trace of a message', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const header = `00-${id}-00f067aa0ba902b7-01`;
  const own = `00-${id}-1111111111111111-01`;
  const other = `00-${'e'.repeat(32)}-1111111111111111-01`;

  it.each([
    ['nowhere', undefined, [], {}],
    ['in its header', undefined, [header], { trace: header }],
    ['in itself, which is nearer', own, [header], { trace: own }],
    ['in itself, of another trace', other, [header], { trace: other, traceIgnored: 'differs' }],
    ['badly in itself', 'x', [header], { trace: header, traceIgnored: 'malformed' }],
    ['badly in its header', undefined, ['x'], { traceIgnored: 'malformed' }],
    ['in two headers', undefined, [header, header], { traceIgnored: 'malformed' }],
    ['in two headers and itself', own, [header, header], { trace: own }],
  ])('stands %s [AUD-14]', async (_, meta, headers, expected) => {
    const inside = meta === undefined ? '' : `"_meta":{"traceparent":"${meta}"},`;
    const body = legacyCall.replace('"name"', `${inside}"name"`);
    // Of somebody else's making and of any length: neither is read.
    const beside = [`tracestate: a=${'x'.repeat(10_000)}`, 'baggage: user=ann'];
    const lines = headers.map((value) => `traceparent: ${value}`);
    await front.raw(request(body, ...beside, ...lines));
    const [call] = front.calls;
    expect(call?.action.kind).toBe('tool-call');
    const { trace, traceIgnored } = call ?? {};
    expect({ trace, traceIgnored }).toEqual({
      trace: undefined,
      traceIgnored: undefined,
      ...expected,
    });
    expect(JSON.stringify(call)).not.toContain('xxxx');
    expect(JSON.stringify(call)).not.toContain('ann');
  });

  it('is on record of what is refused, too', async () => {
    await front.raw(
      request('{"jsonrpc":"2.0","id":1,"method":"no/such"}', `traceparent: ${header}`),
    );
    expect(front.calls[0]).toMatchObject({ action: { kind: 'refused' }, trace: header });
  });
});

describe('headers beside a body', () => {
  const modernList = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
  const modern = 'mcp-protocol-version: 2026-07-28';

  it.each([
    ['the method of a legacy list', legacyList, ['mcp-method: tools/call']],
    ['the method of a legacy call', legacyCall, ['mcp-method: tools/list', 'mcp-name: a.b']],
    ['the name of a legacy call', legacyCall, ['mcp-method: tools/call', 'mcp-name: a.other']],
    ['the name of a legacy call alone', legacyCall, ['mcp-name: a.other']],
    ['an encoded name', legacyCall, ['mcp-name: =?base64?YS5vdGhlcg==?=']],
    ['a name where there is none', legacyList, ['mcp-name: a.b']],
    ['the method of a notification', cancelled, ['mcp-method: tools/call']],
    ['the method of a modern notification', cancelled, [modern, 'mcp-method: tools/call']],
    ['the method of a modern list', modernList, [modern, 'mcp-method: tools/call']],
    ['a name beside a modern list', modernList, [modern, 'mcp-method: tools/list', 'mcp-name: a']],
    ['a name that two readers could read as two', legacyCall, ['mcp-name: =?base64?YS5i']],
    ['the revision of a modern list', modernList, ['mcp-protocol-version: 2025-11-25']],
  ])('that contradict it are refused: %s', async (_, body, headers) => {
    const answer = await front.raw(request(body, ...headers));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toContain('admit/header-mismatch');
    expect(front.calls.map(({ action }) => action.kind)).toEqual(['refused']);
  });

  it.each([
    ['nothing', legacyCall, []],
    ['the same', legacyCall, ['mcp-method: tools/call', 'mcp-name: a.b']],
    ['the same, encoded', legacyCall, ['mcp-name: =?base64?YS5i?=']],
    ['the same method', legacyList, ['mcp-method: tools/list']],
    ['the same of a modern list', modernList, [modern, 'mcp-method: tools/list']],
  ])('that say %s are served', async (_, body, headers) => {
    expect(await front.raw(request(body, ...headers))).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('what a client takes', () => {
  // As it stands in code it would begin a comment to whoever reads that without its texts.
  const any = String.fromCharCode(42);
  const progress = legacyCall.replace('"name"', '"_meta":{"progressToken":1},"name"');
  const modernCall = (method: string, more: object = {}) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...more,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
          progressToken: 1,
        },
      },
    });
  const modern = (method: string, ...more: readonly string[]) => [
    'mcp-protocol-version: 2026-07-28',
    `mcp-method: ${method}`,
    ...more,
  ];

  it.each([
    undefined,
    'application/json, text/event-stream',
    'text/event-stream;q=0.5,Application/JSON',
    `${any}/${any}`,
    `application/${any}, text/${any}`,
  ])('is both forms: %s [SYS-043]', async (accept) => {
    const headers = accept === undefined ? [] : [`accept: ${accept}`];
    expect(await front.raw(request(progress, ...headers))).toMatch(/^HTTP\/1\.1 200/);
    expect(front.calls[0]?.talk).toMatchObject({ progress: true });
  });

  it('is an answer alone where no stream is named, and no less than that', async () => {
    const json = 'accept: application/json';
    expect(await front.raw(request(progress, json))).toMatch(/^HTTP\/1\.1 200/);
    const call = modernCall('tools/call', { name: 'a.b' });
    const headers = modern('tools/call', 'mcp-name: a.b', json);
    expect(await front.raw(request(call, ...headers))).toMatch(/^HTTP\/1\.1 200/);
    const [before, newest] = front.calls.map(({ talk }) => talk);
    expect(before).toBeUndefined();
    // It is asked by the answer, and needs no stream for that.
    expect(newest).toMatchObject({ progress: false, log: undefined, asked: 'retry' });
  });

  it('is an answer too where the stream alone is named, as some clients do', async () => {
    const answer = await front.raw(request(legacyCall, 'accept: text/event-stream'));
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });

  it.each(['text/html', 'application/json;q=0, text/event-stream;q=0.0', ''])(
    'is refused where nothing can be told to it: %s',
    async (accept) => {
      const answer = await front.raw(request(legacyCall, `accept: ${accept}`));
      expect(answer).toMatch(/^HTTP\/1\.1 406/);
      expect(front.calls[0]?.action).toMatchObject({ reason: { code: 'admit/not-acceptable' } });
      expect(front.calls.map(({ action }) => action.kind)).toEqual(['refused']);
      // A notice is answered with nothing.
      expect(await front.raw(request(cancelled, `accept: ${accept}`))).toMatch(/^HTTP\/1\.1 202/);
    },
  );

  it('is a stream where the answer is one', async () => {
    const listen = modernCall('subscriptions/listen', { notifications: {} });
    const headers = modern('subscriptions/listen', 'accept: application/json');
    const answer = await front.raw(request(listen, ...headers));
    expect(answer).toMatch(/^HTTP\/1\.1 406/);
  });
});

describe('the front', () => {
  it('turns a call into the bytes that are judged, and its name into server and tool', async () => {
    await front.raw(request(legacyCall.replace('"arguments":{}', '"arguments":{"b":1.0,"a":"ü"}')));
    const [call] = front.calls;
    expect(call).toMatchObject({
      front: 'mcp',
      revision: '2025-03-26',
      action: {
        kind: 'tool-call',
        target: { kind: 'tool', owner: 'a', name: 'b' },
        named: 'a.b',
      },
    });
    expect(contentOf((call as Call).action)?.argumentBytes.toString()).toBe('{"a":"ü","b":1}');
  });

  it.each([
    ['a__b', { owner: 'a', name: 'b' }],
    ['a.b', { owner: 'a', name: 'b' }],
    ['b', { owner: '*', name: 'b' }],
  ])('reads a name of the wire: %s', async (name, target) => {
    await front.raw(request(legacyCall.replace('a.b', name)));
    expect(front.calls[0]?.action).toMatchObject({ target, named: name });
  });

  it('serves one server at an address of its own, by its own names', async () => {
    const at = (path: string, body: string) => front.raw(requestTo(front, path, body, []));
    expect(await at('/mcp/billing-1', legacyCall)).toMatch(/^HTTP\/1\.1 200/);
    expect(await at('/mcp/billing-1', legacyList)).toMatch(/^HTTP\/1\.1 200/);
    const prompt = legacyCall.replace('tools/call', 'prompts/get');
    await at('/mcp/billing-1', prompt);
    const read = '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///a"}}';
    await at('/mcp/billing-1', read);
    await at('/mcp/billing-1', legacyList.replace('tools', 'prompts'));
    expect(front.calls.map(({ action }) => action)).toMatchObject([
      { target: { kind: 'tool', owner: 'billing-1', name: 'a.b' }, named: 'billing-1.a.b' },
      { kind: 'tool-list', server: 'billing-1' },
      { target: { kind: 'prompt', owner: 'billing-1', name: 'a.b' } },
      { target: { kind: 'resource', owner: 'billing-1', name: 'file:///a' } },
      { kind: 'prompt-list', target: { owner: 'billing-1' } },
    ]);
  });

  it.each([
    '/mcp/',
    '/mcp/A',
    '/mcp/a.b',
    '/mcp/a/b',
    '/mcp/a?b',
    `/mcp/${'a'.repeat(65)}`,
    '/mcpa',
  ])('serves nothing at %s', async (path) => {
    const answer = await front.raw(requestTo(front, path, legacyCall, []));
    expect(answer).toMatch(/^HTTP\/1\.1 404[^]*admit\/not-found/);
  });

  it('asks for the `_meta` of the new revision where its header is sent without it', async () => {
    await front.raw(request(legacyList, 'mcp-protocol-version: 2026-07-28'));
    expect(front.calls[0]?.action).toMatchObject({ reason: { code: 'admit/missing-meta' } });
  });

  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'greets in %s whoever asks for it, and speaks it to whoever names it [GOV-16]',
    async (revision) => {
      const hello = { jsonrpc: '2.0', id: 1, method: 'initialize' };
      const params = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'c' } };
      const answer = await front.raw(request(JSON.stringify({ ...hello, params })));
      expect(answer).toContain(`"protocolVersion":"${revision}"`);
      await front.raw(request(legacyCall, `mcp-protocol-version: ${revision}`));
      expect(front.calls.map((call) => call.revision)).toEqual([revision, revision]);
    },
  );

  it.each(['2026-07-28', '1999-01-01', 7])(
    'greets in the newest with a handshake whoever asks for another one: %s',
    async (protocolVersion) => {
      const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion } };
      const answer = await front.raw(request(JSON.stringify(hello)));
      expect(answer).toContain('"protocolVersion":"2025-11-25"');
    },
  );

  it('refuses a revision that nobody knows, and names those that are served', async () => {
    const answer = await front.raw(request(legacyCall, 'mcp-protocol-version: 2025-01-01'));
    expect(answer).toMatch(/^HTTP\/1\.1 400[^]*-32022/);
    expect(answer).toContain('2024-11-05');
  });

  it('says that a method is not served before it looks at headers of the new revision', async () => {
    const params = {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tasks/get', params });
    expect(await front.raw(request(body))).toMatch(/^HTTP\/1\.1 404[^]*-32601/);
  });

  it.each(['notifications/initialized', 'notifications/roots/list_changed', 'notifications/odd'])(
    'takes note of whatever it is told: %s',
    async (method) => {
      const body = JSON.stringify({ jsonrpc: '2.0', method });
      expect(await front.raw(request(body))).toMatch(/^HTTP\/1\.1 202/);
    },
  );

  it('takes a level of the log that there is, and no other', async () => {
    const set = (level: string) =>
      request(
        JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level } }),
      );
    expect(await front.raw(set('warning'))).toContain('"result":{}');
    expect(await front.raw(set('loud'))).toContain('admit/malformed');
  });

  it('believes no session that a header names', async () => {
    await front.raw(request(legacyCall, 'mcp-session-id: somebody-elses'));
    expect(JSON.stringify(front.calls[0])).not.toContain('somebody-elses');
  });
});

describe('a cancellation', () => {
  /** A call that stays open until it is cancelled or told to end. */
  interface OpenCall {
    readonly call: Call;
    readonly end: () => void;
    readonly answer: Promise<string>;
  }

  /** Opens the same request as this instance, and waits until the path has it. */
  function opened(instance: string): Promise<OpenCall> {
    return new Promise((resolve) => {
      front.run = (call) =>
        new Promise((done) => {
          call.onIdentified?.({ ...principal, instance }, snapshot);
          const end = () => done(pass(call));
          call.signal.addEventListener('abort', end);
          resolve({ call, end, answer });
        });
      const answer = front.raw(request(legacyCall));
    });
  }

  async function cancel(instance: string, body = cancelled): Promise<void> {
    front.run = (call) =>
      Promise.resolve<Outcome>({
        kind: 'noticed',
        recordId: 'r',
        principal: { ...principal, instance: call.action.kind === 'notice' ? instance : '' },
      });
    expect(await front.raw(request(body))).toMatch(/^HTTP\/1\.1 202/);
  }

  it('ends the open call of the instance that asked, over another connection', async () => {
    const one = await opened('i-1');
    await cancel('i-1');
    await one.answer;
    expect(one.call.signal.aborted).toBe(true);
  });

  it('of another instance, or of another id, ends nothing', async () => {
    const one = await opened('i-1');
    await cancel('i-2');
    await cancel('i-1', cancelled.replace('"requestId":1', '"requestId":"1"'));
    await cancel('i-1', cancelled.replace('"requestId":1', '"requestId":2'));
    await cancel('i-1', cancelled.replace('"requestId":1', '"requestId":null'));
    expect(one.call.signal.aborted).toBe(false);
    one.end();
    await one.answer;
  });

  it('that the path refuses ends nothing', async () => {
    const one = await opened('i-1');
    const no = refusal('standing/agent-suspended');
    front.run = () =>
      Promise.resolve({ kind: 'refused', recordId: 'r', refusal: no, effect: 'none' });
    await front.raw(request(cancelled));
    expect(one.call.signal.aborted).toBe(false);
    one.end();
    await one.answer;
  });

  it('ends neither call where two clients of one instance have the same id open', async () => {
    const one = await opened('i-1');
    const two = await opened('i-1');
    await cancel('i-1');
    expect([one, two].map(({ call }) => call.signal.aborted)).toEqual([false, false]);
    // Once one has its answer, it is clear which one is meant.
    one.end();
    await one.answer;
    await cancel('i-1');
    await two.answer;
    expect([one, two].map(({ call }) => call.signal.aborted)).toEqual([false, true]);
  });

  it('of one of several messages ends that one, also before its turn, and no other [SYS-043]', async () => {
    const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
    const ended: unknown[] = [];
    let first: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => {
      front.run = (call) =>
        new Promise((done) => {
          call.onIdentified?.({ ...principal, instance: 'i-1' }, snapshot);
          ended.push(call.signal.aborted);
          const end = () => done(pass(call));
          if (ended.length > 1) return end();
          first = end;
          call.signal.addEventListener('abort', end);
          return resolve();
        });
    });
    const answer = front.raw(request(JSON.stringify([ping(1), ping(2), ping(3)])));
    await begun;
    const run = front.run;
    await cancel('i-1', cancelled.replace('"requestId":1', '"requestId":2'));
    front.run = run;
    first?.();
    expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    expect(ended).toEqual([false, true, false]);
  });

  it('of a call that has its answer ends nothing', async () => {
    const one = await opened('i-1');
    one.end();
    await one.answer;
    await cancel('i-1');
    expect(one.call.signal.aborted).toBe(false);
  });
});

describe('a session', () => {
  const keyring = new FakeKeyring();
  const listeners = createListeners({
    mayListen: () => true,
    tools: () => shown,
    rights: () => 'r',
    mayHear: () => true,
    version: () => shown,
    monotonic: () => 0,
  });
  let shown = '1';
  let withSessions: HttpFront;
  let sessions: Sessions;

  beforeEach(async () => {
    sessions = createSessions({
      seal: await keyring.wrapper('mcp-sessions'),
      clock: new ManualClock(),
      onEnd: (id) => listeners.endSession(id),
    });
    const protocol = createMcpProtocol({ name: 'b', version: '0' }, { sessions, listeners });
    withSessions = await startHttpFront([protocol]);
    withSessions.run = (call) => {
      call.onIdentified?.(principal, snapshot);
      return Promise.resolve(pass(call));
    };
  });
  afterEach(async () => {
    listeners.close();
    await withSessions.close();
  });

  const send = (body: string, ...headers: readonly string[]) =>
    withSessions.raw(requestTo(withSessions, '/mcp', body, headers));
  const ask = (method: string, ...headers: readonly string[]) =>
    withSessions.raw(
      [
        `${method} /mcp HTTP/1.1`,
        `host: ${withSessions.host}`,
        'authorization: Bearer t',
        ...headers,
      ]
        .join('\r\n')
        .concat('\r\n\r\n'),
    );
  const hello = (capabilities: object = {}, protocolVersion = '2025-06-18') =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion, capabilities, clientInfo: { name: 'c', version: '1' } },
    });
  const begin = async (capabilities?: object): Promise<string> => {
    const [, id = ''] = /mcp-session-id: (\S+)/i.exec(await send(hello(capabilities))) ?? [];
    return id;
  };

  it('is begun with the handshake, and says for its calls what was agreed [TOL-01]', async () => {
    const id = await begin({ elicitation: {} });
    expect(id).toMatch(/^[\x21-\x7e]+$/);
    await send(legacyCall, `mcp-session-id: ${id}`);
    expect(withSessions.calls.at(-1)).toMatchObject({
      revision: '2025-06-18',
      heldBy: holderOf(principal),
      talk: { capabilities: { elicitation: {} }, asked: 'stream' },
    });
  });

  it('is not begun for whoever was refused', async () => {
    withSessions.run = () =>
      Promise.resolve({
        kind: 'refused',
        recordId: 'r',
        refusal: refusal('standing/agent-suspended'),
        effect: 'none',
      });
    expect(await send(hello())).not.toMatch(/mcp-session-id/i);
  });

  it('that nobody began is refused as unknown, whatever it is asked for', async () => {
    const bad = 'mcp-session-id: somebody-elses';
    for (const answer of [
      await send(legacyCall, bad),
      await send(cancelled, bad),
      await send('{"jsonrpc":"2.0","id":"a","result":{}}', bad),
      await ask('GET', bad),
      await ask('DELETE', bad),
    ]) {
      expect(answer).toMatch(/^HTTP\/1\.1 404[^]*admit\/unknown-session/);
    }
    expect(withSessions.calls.every(({ action }) => action.kind === 'refused')).toBe(true);
  });

  it('cannot be fixed by whoever sends a handshake with one', async () => {
    const id = await begin();
    const answer = await send(hello(), `mcp-session-id: ${id}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toContain(id);
  });

  it('is where its requests have their ids: of two of one instance neither ends what is the other’s [D-06]', async () => {
    const ids = [await begin(), await begin()];
    const open: Call[] = [];
    const opened = (id: string | undefined) =>
      new Promise<void>((resolve) => {
        withSessions.run = (call) =>
          new Promise((done) => {
            call.onIdentified?.(principal, snapshot);
            open.push(call);
            call.signal.addEventListener('abort', () => done(pass(call)));
            resolve();
          });
        void send(legacyCall, `mcp-session-id: ${id}`);
      });
    for (const id of ids) await opened(id);
    withSessions.run = (call) => Promise.resolve(pass(call));
    await send(cancelled);
    expect(open.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await send(cancelled, `mcp-session-id: ${ids[1]}`);
    expect(open.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    await send(cancelled, `mcp-session-id: ${ids[0]}`);
    expect(open.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it('speaks no other revision than was agreed', async () => {
    const named = `mcp-session-id: ${await begin()}`;
    const answer = await send(legacyCall, named, 'mcp-protocol-version: 2025-11-25');
    expect(answer).toMatch(/^HTTP\/1\.1 400[^]*admit\/header-mismatch/);
  });

  it('remembers the level of the log that its client wants', async () => {
    const id = await begin();
    const level = { jsonrpc: '2.0', id: 2, method: 'logging/setLevel', params: { level: 'error' } };
    await send(JSON.stringify(level), `mcp-session-id: ${id}`);
    expect(sessions.open(id)?.log).toBe('error');
    await send(legacyCall, `mcp-session-id: ${id}`);
    expect(withSessions.calls.at(-1)?.talk).toMatchObject({ log: 'error' });
  });

  it('is ended by its client, with the stream that it has open', async () => {
    const id = await begin();
    const socket = await withSessions.open();
    const whole = everything(socket);
    socket.write(
      `GET /mcp HTTP/1.1\r\nhost: ${withSessions.host}\r\nauthorization: Bearer t\r\nmcp-session-id: ${id}\r\n\r\n`,
    );
    expect(await whole.until(/: \n/)).toMatch(/^HTTP\/1\.1 200[^]*text\/event-stream/);
    shown = '2';
    listeners.look();
    expect(await whole.until(/list_changed/)).toContain('notifications/tools/list_changed');
    expect(await ask('DELETE', `mcp-session-id: ${id}`)).toMatch(/^HTTP\/1\.1 202/);
    await whole.until(/\r\n0\r\n/);
    socket.destroy();
    expect(await send(legacyCall, `mcp-session-id: ${id}`)).toMatch(/^HTTP\/1\.1 404/);
  });

  it('is nothing to the newest revision, nor is its stream', async () => {
    const bad = 'mcp-session-id: somebody-elses';
    const params = {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params });
    const headers = ['mcp-protocol-version: 2026-07-28', 'mcp-method: tools/list'];
    expect(await send(body, bad, ...headers)).toMatch(/^HTTP\/1\.1 200/);
    const stream = await ask('GET', 'mcp-protocol-version: 2026-07-28');
    expect(stream).toMatch(/^HTTP\/1\.1 405/);
  });

  it('has no part in a subscription beyond as many as may listen in all', async () => {
    const full = { hasRoom: false } as unknown as ReturnType<typeof createListeners>;
    const protocol = createMcpProtocol({ name: 'b', version: '0' }, { sessions, listeners: full });
    const other = await startHttpFront([protocol]);
    other.run = (call) => Promise.resolve(pass(call));
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: {
        notifications: { toolsListChanged: true },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
    const headers = ['mcp-protocol-version: 2026-07-28', 'mcp-method: subscriptions/listen'];
    const answer = await other.raw(requestTo(other, '/mcp', body, headers));
    expect(answer).toMatch(/admit\/overloaded/);
    await other.close();
  });

  it('is done without by a subscription, which is acknowledged first and ends with its answer', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: {
        notifications: { toolsListChanged: true, promptsListChanged: true },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
    const headers = ['mcp-protocol-version: 2026-07-28', 'mcp-method: subscriptions/listen'];
    const socket = await withSessions.open();
    const whole = everything(socket);
    socket.write(requestTo(withSessions, '/mcp', body, headers));
    const first = await whole.until(/acknowledged[^]*\n\n/);
    expect(first).toContain('"notifications":{"promptsListChanged":true,"toolsListChanged":true}');
    expect(first).toContain('"io.modelcontextprotocol/subscriptionId":"sub"');
    shown = '3';
    listeners.look();
    expect(await whole.until(/list_changed/)).toContain('tools/list_changed');
    listeners.close();
    expect(await whole.until(/resultType/)).toMatch(/"id":"sub"[^]*"resultType":"complete"/);
    socket.destroy();
  });
});

describe('a batch', () => {
  const ping = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'ping' });
  const batch = (...messages: readonly object[]) => JSON.stringify(messages);
  const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));

  it('is a call for each of its messages, and what one is refused for is not lost to the others', async () => {
    front.run = (call) => {
      call.onIdentified?.(principal, snapshot);
      return Promise.resolve(pass(call));
    };
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'a.b' } };
    const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const odd = { ...ping(3), method: 'nobody/knows' };
    const hello = { ...ping(4), method: 'initialize' };
    const answer = await front.raw(request(batch(ping(1), note, odd, hello, 7 as never, call)));
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(bodyOf(answer)).toMatchObject([
      { id: 1, result: {} },
      { id: 3, error: { code: -32_601 } },
      { id: 4, error: { code: -32_600 } },
      { id: null, error: { code: -32_600 } },
      { id: 2, result: { content: [] } },
    ]);
    expect(front.calls).toHaveLength(6);
    // The request proved once whose it is: what comes after the first is judged as that one's.
    expect(front.calls.map(({ proven }) => proven?.instance)).toEqual([
      undefined,
      ...Array.from({ length: 5 }, () => 'i'),
    ]);
    expect(new Set(front.calls.map(({ id }) => id)).size).toBe(6);
  });

  it('is answered with nothing when nothing was asked', async () => {
    const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect(await front.raw(request(batch(note, note)))).toMatch(/^HTTP\/1\.1 202/);
  });

  it('of somebody who is nobody is asked for a proof, and goes no further', async () => {
    const no = refusal('identity/nonce-required');
    front.run = () =>
      Promise.resolve({ kind: 'refused', recordId: 'r', refusal: no, effect: 'none' });
    const answer = await front.raw(request(batch(ping(1), ping(2))));
    expect(answer).toMatch(/^HTTP\/1\.1 401[^]*use_dpop_nonce/);
    expect(front.calls).toHaveLength(1);
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25', '2026-07-28'])(
    'is no message in revision %s',
    async (revision) => {
      const answer = await front.raw(request(batch(ping(1)), `mcp-protocol-version: ${revision}`));
      expect(answer).toMatch(/^HTTP\/1\.1 400[^]*admit\/malformed/);
      expect(front.calls.map(({ action }) => action.kind)).toEqual(['refused']);
    },
  );

  it('has as many messages as may be, and not one more (batchMessages)', async () => {
    const many = Array.from({ length: limits.batchMessages }, (_, at) => ping(at));
    expect(await front.raw(request(batch(...many)))).toMatch(/^HTTP\/1\.1 200/);
    expect(front.calls).toHaveLength(limits.batchMessages);
    const over = await front.raw(request(batch(...many, ping(1))));
    expect(over).toMatch(/^HTTP\/1\.1 413[^]*admit\/too-large/);
    expect(front.calls).toHaveLength(limits.batchMessages + 1);
  });

  it('is bounded in what it is answered with', async () => {
    const text = 'x'.repeat(limits.resultBytes);
    front.run = (call) => {
      if (call.action.kind === 'refused') return Promise.resolve(refusedAsIs(call));
      const result = { content: [{ type: 'text', text }] };
      const bytes = Buffer.from(JSON.stringify(result));
      return Promise.resolve({ kind: 'result', recordId: 'r', result, bytes });
    };
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a.b' } };
    await front.raw(request(batch(call, call, call)));
    expect(front.calls.map(({ action }) => action.kind)).toEqual([
      'tool-call',
      'refused',
      'refused',
    ]);
  });
});
