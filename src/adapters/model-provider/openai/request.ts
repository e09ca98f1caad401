import type { Generation } from '#contracts/model-provider.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';

/** INVARIANT: the judged bytes are spliced in unchanged, after what is not the caller's to say. */
export function requestBytes(generation: Generation): Buffer {
  const said = canonicalText(besides(generation));
  const { request } = generation;
  const isEmpty = request.length <= 2;
  const head = Buffer.from(isEmpty ? said.slice(0, -1) : `${said.slice(0, -1)},`);
  return Buffer.concat([head, request.subarray(1)]);
}

function besides(generation: Generation): JsonObject {
  const { model, stream, maxOutputTokens } = generation;
  return {
    model,
    // Asked for always: what is not counted cannot be bounded.
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
  };
}

/** INVARIANT: nothing of the caller's headers; a credential stands here and nowhere else. */
export function requestHeaders({
  stream,
  lent,
  trace,
}: Pick<Generation, 'stream' | 'lent' | 'trace'>): string[] {
  const headers = [
    'content-type',
    'application/json',
    'accept',
    stream ? 'text/event-stream' : 'application/json',
    // What is packed could be anything once it is unpacked.
    'accept-encoding',
    'identity',
    'traceparent',
    trace,
  ];
  for (const one of lent) if (one.kind === 'header') headers.push(one.header, one.value);
  return headers;
}
