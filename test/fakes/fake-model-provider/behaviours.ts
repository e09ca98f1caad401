import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { type Asked, chunk, completion, pieces, toolCallDeltas, usageChunk } from './completion.ts';

export type Behaviour = (response: ServerResponse, asked: Asked) => void | Promise<void>;

/** How it behaves, by the name of the model; any other name echoes what the user said. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  /** Says what it was authorised with: whole, or a few letters at a time. */
  'fake-leak': (response, asked) => say(response, asked, `my key is ${asked.key}, keep it`),
  'fake-tool': (response, asked) => {
    const args = '{"orderId":"A-17","amountCents":500}';
    if (asked.stream) return stream(response, asked, toolCallDeltas('refund', args), 'tool_calls');
    const call = { id: 'call_1', type: 'function', function: { name: 'refund', arguments: args } };
    answer(response, completion(asked, { content: null, tool_calls: [call] }, 'tool_calls'));
  },
  'fake-no-usage': (response, asked) => {
    if (asked.stream) return stream(response, { ...asked, wantsUsage: false }, wordsOf(asked.said));
    const { usage: _left, ...rest } = completion(asked, { content: asked.said });
    answer(response, rest);
  },
  /** Goes on until the caller leaves. */
  'fake-endless': (response, asked) => {
    begin(response);
    const timer = setInterval(() => event(response, chunk(asked, { content: 'more ' })), 10);
    response.on('close', () => clearInterval(timer));
  },
  /** Comments only, which are no answer. */
  'fake-comments': (response) => {
    begin(response);
    const timer = setInterval(() => response.write(': still here\n\n'), 5);
    response.on('close', () => clearInterval(timer));
  },
  'fake-stall': (response, asked) => {
    begin(response);
    event(response, chunk(asked, { role: 'assistant', content: 'well' }));
    event(response, chunk(asked, { content: ' then' }));
  },
  'fake-silent': () => undefined,
  'fake-cut': (response, asked) => {
    begin(response);
    event(response, chunk(asked, { role: 'assistant', content: 'half' }));
    response.write('data: {"id":"chatcmpl-fake","choices":[{"ind', () => response.destroy());
  },
  /** A clean end of the body in the middle of an event. */
  'fake-half-event': (response, asked) => {
    begin(response);
    event(response, chunk(asked, { role: 'assistant', content: 'half' }));
    response.end('data: {"id":"chatcmpl-fake","choices":[{"ind');
  },
  'fake-no-done': (response, asked) => {
    begin(response);
    for (const delta of wordsOf(asked.said)) event(response, chunk(asked, delta));
    response.end();
  },
  'fake-after-done': async (response, asked) => {
    await stream(response, asked, wordsOf(asked.said));
    event(response, chunk(asked, { content: 'one more thing' }));
    response.end();
  },
  'fake-broken-chunk': (response) => {
    begin(response);
    response.end('data: {"id":"x","choices":[{"index":0,"index":1,"delta":{}}]}\n\n');
  },
  'fake-error-in-stream': (response, asked) => {
    begin(response);
    event(response, chunk(asked, { role: 'assistant', content: 'so ' }));
    event(response, { error: { message: `internal: ${asked.key}`, type: 'server_error' } });
    response.end();
  },
  'fake-rate': (response) => {
    response.setHeader('retry-after', '7');
    failed(response, 429, 'Rate limit reached for org-1234');
  },
  'fake-overloaded': (response) => failed(response, 503, 'overloaded'),
  'fake-bad-request': (response) => failed(response, 400, 'max_tokens is too large'),
  'fake-html': (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>canary</p>');
  },
  'fake-html-error': (response, asked) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end(`<p>canary ${asked.key}</p>`);
  },
  'fake-redirect': (response, asked) => {
    const location = `${response.req.url ?? ''}?key=${asked.key}`;
    response.writeHead(307, { location }).end();
  },
  'fake-short': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    response.write('{"id":"x"', () => response.destroy());
  },
  'fake-bomb': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(64_000_000, 32)));
  },
  'fake-huge': (response, asked) => {
    answer(response, completion(asked, { content: 'x'.repeat(2_000_000) }));
  },
  'fake-huge-event': (response, asked) => {
    begin(response);
    response.end(`data: ${canonicalText(chunk(asked, { content: 'x'.repeat(2_000_000) }))}\n\n`);
  },
  'fake-not-a-completion': (response) => answer(response, { hello: 'world' }),
  'fake-duplicate': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"choices":[],"choices":[{}]}');
  },
  'fake-stream-anyway': (response, asked) => stream(response, asked, wordsOf(asked.said)),
  'fake-json-anyway': (response, asked) =>
    answer(response, completion(asked, { content: asked.said })),
};

export const echo: Behaviour = (response, asked) => say(response, asked, asked.said);

function say(response: ServerResponse, asked: Asked, text: string): void | Promise<void> {
  if (asked.stream) return stream(response, asked, wordsOf(text));
  answer(response, completion(asked, { content: text, refusal: null }));
}

function wordsOf(text: string): JsonObject[] {
  const role: JsonObject = { role: 'assistant', content: '', refusal: null };
  return [role, ...pieces(text, 3).map((part): JsonObject => ({ content: part }))];
}

async function stream(
  response: ServerResponse,
  asked: Asked,
  deltas: readonly JsonObject[],
  finish = 'stop',
): Promise<void> {
  begin(response);
  for (const delta of deltas) {
    if (response.destroyed) return;
    if (!event(response, chunk(asked, delta))) await drained(response);
  }
  event(response, chunk(asked, {}, finish));
  if (asked.wantsUsage) event(response, usageChunk(asked));
  response.write('data: [DONE]\n\n');
  if (asked.model !== 'fake-after-done') response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

function begin(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-request-id': 'req_fake',
    'set-cookie': 'session=canary',
  });
}

function event(response: ServerResponse, value: JsonObject): boolean {
  return response.write(`data: ${canonicalText(value)}\n\n`);
}

function answer(response: ServerResponse, value: JsonObject): void {
  response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'session=canary' });
  response.end(canonicalText(value));
}

export function failed(response: ServerResponse, status: number, message: string): void {
  const error = { message, type: 'invalid_request_error', param: null, code: null };
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(canonicalText({ error }));
}
