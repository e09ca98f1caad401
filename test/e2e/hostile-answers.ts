import type { ServerResponse } from 'node:http';
import type { Hostile } from '../fakes/fake-tool-server/index.ts';

/** What a tool server over HTTP does instead of answering. */
export interface Misbehaviour {
  readonly name: string;
  /**
   * What may have happened, as it must be told of a request that reached it; `served`: nothing is wrong.
   * `none` where it said that it did not take the request, `done` where it answered too much or oddly.
   */
  readonly told: readonly ('none' | 'unknown' | 'done' | 'served')[];
  readonly does: Hostile;
}

const unknown = ['unknown'] as const;
const good = { content: [], contents: [], messages: [], resources: [], prompts: [] };

/** A whole result, good for every method. */
function resultOf(id: unknown, more: object = {}): string {
  const completion = { values: [] };
  return JSON.stringify({ jsonrpc: '2.0', id, result: { ...good, completion, ...more } });
}

function json(make: (id: unknown) => string | Buffer, status = 200): Hostile {
  return (response, { id }) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(make(id));
  };
}

/** Bytes in the place of an answer, head and all. */
function raw(make: (id: unknown) => string, after: 'end' | 'destroy' | 'stay' = 'end'): Hostile {
  return (response, { id }) => {
    const { socket } = response;
    socket?.write(make(id), () => {
      if (after === 'end') socket.end();
      else if (after === 'destroy') socket.destroy();
    });
  };
}

function head(length: number | string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

function stream(make: (id: unknown) => readonly string[], ends = true): Hostile {
  return (response, { id }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of make(id)) response.write(`data: ${one}\n\n`);
    if (ends) response.end();
  };
}

/** Without an end, as fast as it is taken. */
function flood(type: string, piece: string): Hostile {
  return (response) => {
    response.writeHead(200, { 'content-type': type });
    pour(response, piece);
  };
}

function pour(response: ServerResponse, piece: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

/** A little at a time, for ever. */
function drip(type: string, piece: string): Hostile {
  return (response) => {
    response.writeHead(200, { 'content-type': type });
    const timer = setInterval(() => response.write(piece), 20);
    response.on('close', () => clearInterval(timer));
  };
}

const notice = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: {} });
const question = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'roots/list' });
const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;

export const misbehaviours: readonly Misbehaviour[] = [
  { name: 'closes without a word', told: unknown, does: (response) => response.socket?.destroy() },
  { name: 'never answers', told: unknown, does: () => undefined },
  { name: 'closes in its head', told: unknown, does: raw(() => 'HTTP/1.1 200 OK\r\ncont') },
  {
    name: 'closes in mid-body',
    told: unknown,
    does: raw((id) => `${head(500)}${resultOf(id).slice(0, 20)}`, 'destroy'),
  },
  {
    name: 'says that more comes than does',
    told: unknown,
    does: raw((id) => `${head(resultOf(id).length + 1)}${resultOf(id)}`),
  },
  {
    name: 'says that more comes, and waits',
    told: unknown,
    does: raw((id) => `${head(resultOf(id).length + 1)}${resultOf(id)}`, 'stay'),
  },
  {
    name: 'says that less comes than does',
    told: unknown,
    does: raw((id) => `${head(resultOf(id).length - 1)}${resultOf(id)}`),
  },
  { name: 'says two lengths', told: unknown, does: raw((id) => `${head('5, 9')}${resultOf(id)}`) },
  { name: 'says a length below nothing', told: unknown, does: raw(() => head(-1)) },
  {
    name: 'breaks its chunks',
    told: unknown,
    does: raw(
      () =>
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{',
    ),
  },
  {
    name: 'ends in mid-chunk',
    told: unknown,
    does: raw(
      () =>
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{"json',
    ),
  },
  { name: 'speaks no HTTP', told: unknown, does: raw(() => 'SSH-2.0-OpenSSH_9.6\r\n') },
  {
    name: 'has a head without an end',
    told: unknown,
    does: raw(() => `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(20_000)}`, 'stay'),
  },
  {
    name: 'sends a second answer for whoever asks next',
    told: ['served', 'unknown'],
    does: raw((id) => {
      const forged = resultOf(Number(id) + 1, { content: [{ type: 'text', text: 'forged' }] });
      return [resultOf(id), forged].map((one) => `${head(one.length)}${one}`).join('');
    }, 'stay'),
  },
  { name: 'answers another request', told: unknown, does: json((id) => resultOf(Number(id) + 7)) },
  { name: 'answers by a text of the id', told: unknown, does: json((id) => resultOf(String(id))) },
  { name: 'answers without an id', told: unknown, does: json(() => resultOf(undefined)) },
  { name: 'answers nobody', told: unknown, does: json(() => resultOf(null)) },
  { name: 'answers in a list', told: unknown, does: json((id) => `[${resultOf(id)}]`) },
  {
    name: 'answers yes and no',
    told: unknown,
    does: json((id) =>
      resultOf(id).replace('"result"', '"error":{"code":1,"message":"no"},"result"'),
    ),
  },
  { name: 'answers nothing', told: unknown, does: json(() => '') },
  { name: 'answers half', told: unknown, does: json((id) => resultOf(id).slice(0, -3)) },
  {
    name: 'answers one key twice',
    told: unknown,
    does: json((id) => resultOf(id).replace('"result"', '"result":{},"result"')),
  },
  {
    name: 'answers in no letters',
    told: unknown,
    does: json((id) => Buffer.from(resultOf(id, { x: '\xff' }), 'latin1')),
  },
  {
    name: 'answers without a bottom',
    told: unknown,
    does: json((id) => resultOf(id).replace('"content":[]', `"content":${deep}`)),
  },
  {
    name: 'answers with a result of no known kind',
    told: ['done', 'unknown'],
    does: json((id) => resultOf(id, { resultType: 'surprise' })),
  },
  {
    name: 'asks in a way that nobody offered',
    told: ['done', 'unknown'],
    does: json((id) => resultOf(id, { resultType: 'input_required', inputRequests: {} })),
  },
  {
    name: 'answers as if nobody had greeted it',
    told: ['unknown', 'served'],
    does: json(
      (id) =>
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_600, message: 'no session' } }),
      400,
    ),
  },
  {
    name: 'says that it speaks another revision',
    told: ['none', 'unknown'],
    does: json(
      (id) =>
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          error: { code: -32_022, message: 'no', data: { supported: ['1999-01-01'] } },
        }),
      400,
    ),
  },
  { name: 'fails', told: unknown, does: json(() => '{"oh":"no"}', 500) },
  {
    name: 'sends elsewhere',
    told: unknown,
    does: (response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
  },
  {
    name: 'answers with a page',
    told: unknown,
    does: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  },
  {
    name: 'answers before and after its answer',
    told: ['served', 'unknown'],
    does: stream((id) => [notice, resultOf(id), resultOf(id, { content: [{}] }), notice]),
  },
  { name: 'ends its stream without an answer', told: unknown, does: stream(() => [notice]) },
  { name: 'lets its stream hang', told: unknown, does: stream(() => [notice], false) },
  {
    name: 'asks, and answers by another id',
    told: unknown,
    does: stream((id) => [question, resultOf(String(id))]),
  },
  {
    name: 'asks and waits',
    told: unknown,
    does: stream(() => [question, question], false),
  },
  { name: 'breaks its events', told: unknown, does: stream(() => ['{"half":', 'data', ':::']) },
  { name: 'drips a body', told: unknown, does: drip('application/json', ' ') },
  { name: 'drips comments', told: unknown, does: drip('text/event-stream', ': still here\n\n') },
  {
    name: 'drips progress',
    told: unknown,
    does: drip(
      'text/event-stream',
      `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } })}\n\n`,
    ),
  },
  {
    name: 'floods a body',
    told: ['done', 'unknown'],
    does: flood('application/json', ' '.repeat(65_536)),
  },
  {
    name: 'floods notices',
    told: unknown,
    does: flood('text/event-stream', `data: ${notice}\n\n`.repeat(500)),
  },
  {
    name: 'floods questions',
    told: unknown,
    does: flood('text/event-stream', `data: ${question}\n\n`.repeat(500)),
  },
  {
    name: 'floods one event without an end',
    told: unknown,
    does: flood('text/event-stream', `data: ${'x'.repeat(65_536)}\n`),
  },
];
