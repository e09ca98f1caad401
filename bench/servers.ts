import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { type Asked, legacyServer, modelAnswer, modernServer } from './bare-answers.ts';

/**
 * The processes that the gateway is measured beside, run as children: `upstream TOOLS`, a bare tool
 * server; `modern`, one of the newest revision; `many`, one at each path, of which some hang; `model`, a bare
 * server of models; `proxy URL`, a bare proxy that parses both ways and decides nothing.
 */
const [role, parameter] = process.argv.slice(2);

type Answers = (asked: Asked, path: string) => unknown;

function startProxy(target: string): Answers {
  const { origin, pathname: path } = new URL(target);
  const pool = new Pool(origin, { connections: 256, pipelining: 1 });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return async (asked) => {
    const body = JSON.stringify(asked);
    const response = await pool.request({ path, method: 'POST', headers, body });
    return JSON.parse(Buffer.from(await response.body.arrayBuffer()).toString()) as unknown;
  };
}

/** `/0/mcp`, `/1/mcp` and so on. `POST /hang/N` makes calls of the first N of them wait for ever. */
function many(): Answers {
  const serve = legacyServer();
  let hanging = 0;
  return (asked, path) => {
    const [, first = '', second = ''] = path.split('/');
    if (first === 'hang') return { hanging: (hanging = Number(second)) };
    const hangs = asked.method === 'tools/call' && Number(first) < hanging;
    return hangs ? new Promise(() => undefined) : serve(asked);
  };
}

const roles: Record<string, () => Answers> = {
  upstream: () => legacyServer(Number(parameter ?? 0) || 0),
  modern: modernServer,
  many,
  model: () => modelAnswer,
  proxy: () => startProxy(parameter ?? ''),
};

const answerOf = roles[role ?? '']?.();
if (answerOf === undefined) throw new Error(`no such role: ${role}`);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    void Promise.resolve(answerOf(JSON.parse(body.toString()) as Asked, request.url ?? '')).then(
      (answer) => {
        if (answer === undefined) return void response.writeHead(202).end();
        const bytes = Buffer.from(JSON.stringify(answer));
        const length = `${bytes.length}`;
        response.writeHead(200, ['content-type', 'application/json', 'content-length', length]);
        response.end(bytes);
      },
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` });
});
process.on('disconnect', () => process.exit(0));
