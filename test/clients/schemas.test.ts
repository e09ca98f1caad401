import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servedRevisions } from '../../src/gateway/mcp/revisions.ts';
import { modernBody, modernHeaders } from '../e2e/wire.ts';
import { missingSchemas, schemaOf } from './schema-of.ts';
import { type ClientWorld, startClientWorld } from './world.ts';

/** What comes out of the gateway is held against the published schema of the revision it was asked in. */
const missing = await missingSchemas();
if (missing !== undefined)
  console.warn(`NOT RUN: answers against the published schemas: ${missing}`);

type Revision = (typeof servedRevisions)[number];

interface Asked {
  readonly what: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
  /** The definition that a result of it must satisfy. */
  readonly result: string;
}

const call = (what: string, name: string, args: Record<string, unknown>): Asked => ({
  what,
  method: 'tools/call',
  params: { name, arguments: args },
  result: 'CallToolResult',
});

const asks: readonly Asked[] = [
  { what: 'a list', method: 'tools/list', params: {}, result: 'ListToolsResult' },
  { what: 'a list of prompts', method: 'prompts/list', params: {}, result: 'ListPromptsResult' },
  {
    what: 'a list of resources',
    method: 'resources/list',
    params: {},
    result: 'ListResourcesResult',
  },
  call('a call', 'fake__echo', { text: 'hello' }),
  call('a refusal', 'fake__note', { text: 'forbidden' }),
  call('a held call', 'fake__pay', { to: 'schema', amount: 3 }),
  call('a tool that is not there', 'fake__nothing', {}),
  call('wrong arguments', 'fake__add', { a: 'x', b: 1 }),
  { what: 'an unknown method', method: 'no/such', params: {}, result: 'EmptyResult' },
];

describe.runIf(missing === undefined)('every answer satisfies the published schema', () => {
  let world: ClientWorld;
  let bearer: string;
  beforeAll(async () => {
    world = await startClientWorld();
    bearer = await world.bearer('stranger');
  });
  afterAll(() => world?.close());

  it.each(servedRevisions)('of revision %s [D-07]', async (revision) => {
    const satisfies = schemaOf(revision);
    const greeting: Asked =
      revision === '2026-07-28'
        ? { what: 'a greeting', method: 'server/discover', params: {}, result: 'DiscoverResult' }
        : {
            what: 'a greeting',
            method: 'initialize',
            params: handshake(revision),
            result: 'InitializeResult',
          };
    let session: string | undefined;
    for (const asked of [greeting, ...asks]) {
      const response = await fetch(world.gateway, {
        method: 'POST',
        headers: {
          ...headersOf(revision, asked),
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
          authorization: `Bearer ${bearer}`,
        },
        body: JSON.stringify(bodyOf(revision, asked)),
      });
      session ??= response.headers.get('mcp-session-id') ?? undefined;
      const message = messageOf(await response.text());
      expect(
        satisfies('JSONRPCMessage', message),
        `${asked.what}: ${JSON.stringify(message)}`,
      ).toEqual([]);
      if (message['result'] === undefined) continue;
      expect(satisfies(asked.result, message['result']), asked.what).toEqual([]);
    }
  });
});

function handshake(revision: string): Record<string, unknown> {
  return {
    protocolVersion: revision,
    capabilities: {},
    clientInfo: { name: 'schema', version: '1' },
  };
}

function headersOf(revision: Revision, { method, params }: Asked): Record<string, string> {
  const { name } = params;
  if (revision === '2026-07-28')
    return modernHeaders(method, typeof name === 'string' ? name : undefined);
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(method === 'initialize' ? {} : { 'mcp-protocol-version': revision }),
  };
}

function bodyOf(revision: Revision, { method, params }: Asked): unknown {
  return revision === '2026-07-28'
    ? modernBody(method, params)
    : { jsonrpc: '2.0', id: 1, method, params };
}

/** One JSON object, or the last event of a stream. */
function messageOf(text: string): Record<string, unknown> {
  const data = text.split('\n').findLast((line) => line.startsWith('data:'));
  return JSON.parse(data === undefined ? text : data.slice(5)) as Record<string, unknown>;
}
