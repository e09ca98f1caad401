import type { IncomingMessage } from 'node:http';
import { BailiwickError } from '#kernel/errors.ts';
import { emptyObject, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

export interface RequestBody {
  readonly json: JsonObject;
  readonly form: URLSearchParams;
}

const nothing: RequestBody = { json: emptyObject(), form: new URLSearchParams() };

export async function readRequestBody(request: IncomingMessage): Promise<RequestBody> {
  if (request.method === 'GET') return nothing;
  const bytes = await collect(request);
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (bytes.length === 0) return nothing;
  if (type === 'application/x-www-form-urlencoded') {
    return { ...nothing, form: new URLSearchParams(bytes.toString('utf8')) };
  }
  if (type !== 'application/json') throw new BailiwickError('admit/content-type');
  const value = parseJson(bytes);
  if (!isJsonObject(value)) {
    throw new BailiwickError('api/invalid', { message: 'the body must be a JSON object' });
  }
  return { ...nothing, json: value };
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.documentBytes) throw new BailiwickError('admit/too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
