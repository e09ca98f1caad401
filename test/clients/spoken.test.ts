import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacyRevisions, modernRevision } from '../../src/gateway/mcp/revisions.ts';
import type { GatewayBefore } from '../conformance/gateway.ts';
import { gatewayBefore } from '../conformance/server-sets.ts';
import { missingSchemas, type Satisfies, schemaOf } from './schema-of.ts';
import { legacyListener, type Listener, type Message, modernListener } from './spoken.ts';

/** What is said beside answers, held against the schema of the revision it is said in. */
const missing = await missingSchemas();
if (missing !== undefined)
  console.warn(`NOT RUN: messages against the published schemas: ${missing}`);

const call = (name: string, args: Message = {}) => ({ name, arguments: args });
const methodsIn = (heard: readonly Message[]): Set<unknown> =>
  new Set(heard.map(({ method }) => method).filter((method) => method !== undefined));

describe.runIf(missing === undefined)('every message satisfies the published schema', () => {
  let gateway: Pick<GatewayBefore, 'url' | 'close'>;
  beforeAll(async () => {
    gateway = await gatewayBefore('both');
  });
  afterAll(() => gateway?.close());

  it.each(legacyRevisions)(
    'that is noticed, asked or refused in a call of revision %s [D-07]',
    async (revision) => {
      const listener = await legacyListener(gateway.url, revision);
      await talk(listener);
      await listener.ask('tools/call', call('test_sampling', { prompt: 'well?' }));
      if (revision >= '2025-06-18') {
        await listener.ask('tools/call', call('test_elicitation', { message: 'who?' }));
      }
      expectSatisfied(listener, schemaOf(revision), revision < '2025-11-25');
      const methods = methodsIn(listener.heard);
      expect(methods).toContain('notifications/message');
      expect(methods).toContain('notifications/progress');
      expect(methods).toContain('sampling/createMessage');
      expect(methods.has('elicitation/create')).toBe(revision >= '2025-06-18');
    },
  );

  it(`that is noticed, asked, listened to or refused in revision ${modernRevision} [D-07]`, async () => {
    const satisfies = schemaOf(modernRevision);
    const listener = modernListener(gateway.url);
    await talk(listener);
    const asking = call('test_elicitation', { message: 'who?' });
    const asked = await listener.ask('tools/call', asking);
    expect(satisfies('InputRequiredResult', asked['result'])).toEqual([]);
    const { inputRequests, requestState } = asked['result'] as Message;
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests as object).map((key) => [key, { action: 'decline' }]),
    );
    const done = await listener.ask('tools/call', { ...asking, inputResponses, requestState });
    expect(satisfies('CallToolResult', done['result'])).toEqual([]);
    const notifications = { toolsListChanged: true, promptsListChanged: true };
    await listener.listen('subscriptions/listen', { notifications }, 1);
    const wrongName = { 'mcp-name': 'another' };
    const mismatch = await listener.ask('tools/call', call('test_simple_text'), wrongName);
    expect(satisfies('HeaderMismatchError', mismatch)).toEqual([]);
    const version = { 'mcp-protocol-version': '1999-01-01' };
    expect((await listener.ask('tools/list', {}, version))['error']).toBeDefined();
    expectSatisfied(listener, satisfies, false);
    const methods = ['message', 'progress', 'subscriptions/acknowledged'];
    expect(methodsIn(listener.heard)).toEqual(
      new Set(methods.map((method) => `notifications/${method}`)),
    );
  });
});

/** What every revision can be heard to say: lines of a log, progress, and errors of several kinds. */
async function talk(listener: Listener): Promise<void> {
  await listener.ask('tools/call', call('test_tool_with_logging'));
  await listener.ask('tools/call', call('test_tool_with_progress'));
  await listener.ask('tools/call', call('test_error_handling'));
  await listener.ask('tools/call', call('no_such_tool'));
  await listener.ask('resources/read', { uri: 'test://nothing' });
  await listener.ask('prompts/get', { name: 'nothing' });
  await listener.ask('no/such', {});
  await listener.ask('tools/call', {});
}

function expectSatisfied(
  { heard }: Listener,
  satisfies: Satisfies,
  isErrorByOldName: boolean,
): void {
  const wrong = heard.flatMap((message) => {
    const { method, id, error } = message;
    const kind = method === undefined ? 'answer' : id === undefined ? 'notice' : 'question';
    const definitions = {
      notice: 'ServerNotification',
      question: 'ServerRequest',
      answer: 'JSONRPCMessage',
    };
    const found = satisfies(definitions[kind], message);
    const more =
      error === undefined
        ? []
        : satisfies(isErrorByOldName ? 'JSONRPCError' : 'JSONRPCErrorResponse', message);
    return found.length + more.length === 0 ? [] : [{ message, found, more }];
  });
  expect(wrong).toEqual([]);
  expect(heard.some(({ error }) => error !== undefined)).toBe(true);
}
