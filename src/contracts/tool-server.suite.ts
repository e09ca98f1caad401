import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import type { ServerConnect, ServerEntry } from '#kernel/snapshot.ts';
import {
  type ToolAnswer,
  toolCallRequest,
  type ToolInvocation,
  type ToolServerConnection,
  type ToolServerEvents,
  type ToolServerTransport,
  type UpstreamRequest,
} from './tool-server.ts';

/**
 * A server with the tools echo, add, sleep, fail and big, a handbook, a logo, a template and a
 * prompt `summary`, and how to reach it.
 */
export interface ToolServerUnderTest {
  readonly transport: ToolServerTransport;
  readonly connect: ServerConnect;
  stop(): Promise<void>;
}

const handbook = 'file:///docs/handbook.md';
const logo = 'file:///docs/logo.png';

export function serverEntry(
  connect: ServerConnect,
  changes: Partial<ServerEntry> = {},
): ServerEntry {
  return {
    name: 'fake',
    connect,
    shared: true,
    credentials: [],
    pin: 'review',
    timeoutMs: 20_000,
    resultBytes: 1_000_000,
    defaultClass: {
      effect: 'delete',
      reversible: false,
      resultLabels: [],
      openArguments: false,
      sensitivity: 'sensitive',
    },
    tools: {},
    digest: 'd',
    ...changes,
  };
}

export function invocation(
  tool: string,
  given: JsonObject,
  changes: Partial<ToolInvocation> = {},
): UpstreamRequest {
  return toolCallRequest({
    callId: 'call-1',
    tool,
    argumentBytes: canonicalBytes(given),
    lent: [],
    timeoutMs: 20_000,
    resultBytes: 1_000_000,
    signal: new AbortController().signal,
    trace: undefined,
    ...changes,
  });
}

/** Any other request that names one thing. */
export function request(
  method: string,
  named: string | undefined,
  params: JsonObject,
  changes: Partial<UpstreamRequest> = {},
): UpstreamRequest {
  return {
    ...invocation('', {}),
    method,
    named,
    params: canonicalBytes(params),
    ...changes,
  };
}

export const noEvents: ToolServerEvents = {
  listChanged: () => undefined,
  lateAnswer: () => undefined,
};

/** The answer without its size, in the shape that tests compare. */
export function essence(answer: ToolAnswer): unknown {
  if (answer.kind === 'asks') return { asks: answer.requests, state: answer.state };
  return answer.kind === 'answer'
    ? answer.result
    : { code: answer.refusal.code, effect: answer.effect };
}

/** The promises of `contracts/tool-server`; every transport runs them first. */
export function toolServerSuite(name: string, make: () => Promise<ToolServerUnderTest>): void {
  describe(`the tool server contract, kept by ${name}`, () => {
    let under: ToolServerUnderTest;
    let connection: ToolServerConnection;

    beforeAll(async () => {
      under = await make();
      connection = under.transport.connect(serverEntry(under.connect), [], noEvents, 'main');
    });
    afterAll(async () => {
      await connection.close();
      await under.stop();
    });

    it('lists whole definitions with the digest of their canonical bytes [TOL-10]', async () => {
      const { signal } = new AbortController();
      const tools = await connection.listTools({ lent: [], signal });
      const names = tools.map((tool) => tool.name);
      expect(names).toEqual(expect.arrayContaining(['echo', 'add', 'sleep', 'fail', 'big']));
      for (const { definition, digest, name: tool } of tools) {
        expect(definition['name']).toBe(tool);
        expect(digest).toBe(sha256Hex(canonicalBytes(definition)));
      }
    });

    it('brings back the result of a call and its size', async () => {
      const answer = await connection.exchange(invocation('add', { a: 2, b: 3 }));
      expect(essence(answer)).toMatchObject({ structuredContent: { sum: 5 } });
      expect(answer.kind === 'answer' && answer.bytes > 0).toBe(true);
    });

    it('gives each of many calls its own answer', async () => {
      const texts = Array.from({ length: 64 }, (_, index) => `text ${index}`);
      const answers = await Promise.all(
        texts.map((text) => connection.exchange(invocation('echo', { text }))),
      );
      expect(answers.map(essence)).toMatchObject(texts.map((text) => ({ content: [{ text }] })));
    });

    it('passes on a tool that says it failed as an answer', async () => {
      const answer = await connection.exchange(invocation('fail', { reason: 'no' }));
      expect(essence(answer)).toMatchObject({ isError: true });
    });

    it('says that nothing happened when the server does not know the tool', async () => {
      const answer = await connection.exchange(invocation('no-such-tool', {}));
      expect(essence(answer)).toEqual({ code: 'tools/upstream-error', effect: 'none' });
    });

    it('says that the effect is unknown when no answer came in time [AUD-05]', async () => {
      const slow = invocation('sleep', { ms: 20_000 }, { timeoutMs: 50 });
      expect(essence(await connection.exchange(slow))).toEqual({
        code: 'tools/upstream-timeout',
        effect: 'unknown',
      });
    });

    it('says that the effect is unknown when the caller went away in the middle', async () => {
      const caller = new AbortController();
      const answer = connection.exchange(
        invocation('sleep', { ms: 20_000 }, { signal: caller.signal }),
      );
      setTimeout(() => caller.abort(), 50);
      expect(essence(await answer)).toEqual({ code: 'gateway/cancelled', effect: 'unknown' });
    });

    it('sends nothing for a caller that is gone already', async () => {
      const answer = await connection.exchange(
        invocation('echo', { text: 'x' }, { signal: AbortSignal.abort() }),
      );
      expect(essence(answer)).toEqual({ code: 'gateway/cancelled', effect: 'none' });
    });

    it('reads the beginning of a result over the cap, says where it was cut, and goes on [TOL-04]', async () => {
      const big = invocation('big', { size: 200_000 }, { resultBytes: 1_000 });
      const answer = await connection.exchange(big);
      expect(answer).toMatchObject({ kind: 'answer', cut: { path: ['content', 0, 'text'] } });
      const { content } = answer.kind === 'answer' ? answer.result : {};
      const [{ text = '' } = {}] = content as readonly { readonly text?: string }[];
      expect(text).toMatch(/^x+$/);
      expect(text.length).toBeGreaterThan(1_000);
      expect(text.length).toBeLessThan(100_000);
      const next = await connection.exchange(invocation('echo', { text: 'still here' }));
      expect(essence(next)).toMatchObject({ content: [{ text: 'still here' }] });
    });

    it('carries text of every script unchanged', async () => {
      const text = 'Ünïcödé 漢字 \u{1f600} "quoted" \\ \u2028 line\nbreak';
      const answer = await connection.exchange(invocation('echo', { text }));
      expect(essence(answer)).toMatchObject({ content: [{ text }] });
    });

    it('lists resources, templates and prompts, and brings back what they hold', async () => {
      const ask = (method: string, named: string | undefined, params: JsonObject) =>
        connection.exchange(request(method, named, params)).then(essence);
      expect(await ask('resources/list', undefined, {})).toMatchObject({
        resources: expect.arrayContaining([expect.objectContaining({ uri: handbook })]),
      });
      expect(await ask('resources/templates/list', undefined, {})).toMatchObject({
        resourceTemplates: [{ uriTemplate: 'file:///docs/{name}' }, {}],
      });
      expect(await ask('prompts/list', undefined, {})).toMatchObject({
        prompts: expect.arrayContaining([expect.objectContaining({ name: 'summary' })]),
      });
      expect(await ask('resources/read', handbook, { uri: handbook })).toMatchObject({
        contents: [{ uri: handbook, text: 'Ask before you pay. 漢字' }],
      });
      expect(await ask('resources/read', logo, { uri: logo })).toMatchObject({
        contents: [{ uri: logo, blob: 'iVBORw0KGgo=' }],
      });
      const summary = { name: 'summary', arguments: { topic: 'refunds' } };
      expect(await ask('prompts/get', 'summary', summary)).toMatchObject({
        messages: [{ role: 'user', content: { text: 'Sum up refunds.' } }],
      });
    });

    it('says that nothing happened when the server has no such resource or prompt', async () => {
      const missing = 'file:///docs/missing.md';
      const nothing = { code: 'tools/upstream-error', effect: 'none' };
      const read = request('resources/read', missing, { uri: missing });
      expect(essence(await connection.exchange(read))).toEqual(nothing);
      const get = request('prompts/get', 'missing', { name: 'missing' });
      expect(essence(await connection.exchange(get))).toEqual(nothing);
    });

    it('bounds a resource in size and in time as it bounds a call', async () => {
      const uri = 'file:///docs/long.txt';
      const long = request('resources/read', uri, { uri }, { resultBytes: 1_000 });
      expect(essence(await connection.exchange(long))).toMatchObject({
        code: 'tools/result-too-large',
      });
      const slow = 'file:///docs/slow.txt';
      const waits = request('resources/read', slow, { uri: slow }, { timeoutMs: 50 });
      expect(essence(await connection.exchange(waits))).toEqual({
        code: 'tools/upstream-timeout',
        effect: 'unknown',
      });
    });

    it('sends nothing once it is closed, and closes twice without harm', async () => {
      const other = under.transport.connect(serverEntry(under.connect), [], noEvents, 'main');
      await other.exchange(invocation('echo', { text: 'x' }));
      await other.close();
      await other.close();
      const answer = await other.exchange(invocation('echo', { text: 'x' }));
      expect(essence(answer)).toEqual({ code: 'tools/upstream-unreachable', effect: 'none' });
    });
  });
}
