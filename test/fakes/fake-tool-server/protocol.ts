import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { contentReply, type FakeContent } from './content.ts';
import { runTool, textOf } from './tools.ts';

export const modern = '2026-07-28';
export const legacy = '2025-11-25';

export interface Served {
  readonly tools: readonly JsonObject[];
  readonly pageSize: number;
  readonly era: 'modern' | 'legacy' | 'both';
  readonly content: FakeContent;
}

export interface Reply {
  readonly status: number;
  readonly message: JsonObject;
}

/** Answers one request as a well behaved server of its era does. */
export async function replyTo(request: JsonObject, served: Served): Promise<Reply> {
  const id = request['id'] ?? null;
  const params = isJsonObject(request['params']) ? request['params'] : {};
  const isModern = revisionOf(params) !== undefined;
  if (isModern && served.era === 'legacy') {
    return failed(id, { status: 400, code: -32_600, message: 'no session' });
  }
  if (!isModern && served.era === 'modern') {
    return failed(id, { status: 400, code: -32_602, message: 'the protocol version is missing' });
  }
  const method = textOf(request['method']);
  const result =
    (await contentReply(method, params, { ...served, isModern })) ??
    (await resultOf(method, params, served));
  if ('code' in result) return failed(id, { status: isModern ? 404 : 200, ...result });
  const typed = isModern ? { resultType: 'complete', ...result.value } : result.value;
  return { status: 200, message: { jsonrpc: '2.0', id, result: typed } };
}

export function revisionOf(params: JsonObject): Json | undefined {
  const meta = params['_meta'];
  return isJsonObject(meta) ? meta['io.modelcontextprotocol/protocolVersion'] : undefined;
}

type Result =
  | { readonly value: JsonObject }
  | { readonly code: number; readonly message: string; readonly status?: number };

const capabilities = { tools: { listChanged: true }, resources: {}, prompts: {} };
const serverInfo = { name: 'fake-tool-server', version: '1.0.0' };

async function resultOf(method: string, params: JsonObject, served: Served): Promise<Result> {
  switch (method) {
    case 'server/discover':
      return served.era === 'legacy'
        ? notFound(method)
        : { value: { supportedVersions: [modern], capabilities, ttlMs: 0, cacheScope: 'private' } };
    case 'initialize':
      return { value: { protocolVersion: legacy, capabilities, serverInfo } };
    case 'ping':
      return { value: {} };
    case 'tools/list':
      return pageOf(params['cursor'], served);
    case 'tools/call':
      return callOf(params, served);
    default:
      return notFound(method);
  }
}

function pageOf(cursor: Json | undefined, { tools, pageSize }: Served): Result {
  const start = typeof cursor === 'string' ? Number(cursor) : 0;
  const end = start + pageSize;
  const next = end < tools.length ? { nextCursor: String(end) } : {};
  return {
    value: { tools: tools.slice(start, end), ttlMs: 0, cacheScope: 'private', ...next },
  };
}

async function callOf(params: JsonObject, { tools }: Served): Promise<Result> {
  const { name, arguments: given } = params as { readonly [key in 'name' | 'arguments']?: Json };
  if (!tools.some((tool) => tool['name'] === name)) {
    return { code: -32_602, message: `unknown tool ${textOf(name)}`, status: 200 };
  }
  return { value: await runTool(textOf(name), isJsonObject(given) ? given : {}) };
}

function notFound(method: string): Result {
  return { code: -32_601, message: `method ${method} is not served` };
}

function failed(
  id: Json,
  { status, code, message }: { status: number; code: number; message: string },
): Reply {
  return { status, message: { jsonrpc: '2.0', id, error: { code, message } } };
}
