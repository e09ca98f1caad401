import { connect, type Socket } from 'node:net';
import { createProof } from '../../sdk/index.ts';
import { Connection, type Client } from './connection.ts';

export const revisions = [
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
] as const;
export type Revision = (typeof revisions)[number];

const modern = '2026-07-28';

export interface Request {
  readonly revision: Revision;
  readonly tool: string;
  readonly word: string;
  /** Takes progress and questions beside the answer. */
  readonly talks?: boolean;
  readonly session?: string | undefined;
}

let lastId = 0;

/** A nonce that is good now: whoever is asked for one has not asked anything yet. */
export async function freshen(client: Client): Promise<void> {
  const connection = new Connection(client);
  let { status } = await connection.call('good__look', { text: 'first' });
  if (status === 401) ({ status } = await connection.call('good__look', { text: 'first' }));
  connection.close();
  if (status !== 200) throw new Error(`it was answered ${status}`);
}

/** One whole request, as bytes. */
export function requestBytes(client: Client, request: Request): Buffer {
  const body = JSON.stringify(bodyOf(request));
  return bytesOf(client, headersOf(request), body);
}

export function handshakeBytes(client: Client, revision: Revision): Buffer {
  const params = {
    protocolVersion: revision,
    capabilities: { elicitation: {} },
    clientInfo: { name: 'leaves', version: '1' },
  };
  const body = { jsonrpc: '2.0', id: 'hello', method: 'initialize', params };
  return bytesOf(client, [], JSON.stringify(body));
}

function bodyOf({ revision, tool, word, talks }: Request): object {
  lastId += 1;
  const own =
    revision === modern
      ? {
          'io.modelcontextprotocol/protocolVersion': modern,
          'io.modelcontextprotocol/clientCapabilities':
            talks === true ? { elicitation: { form: {} } } : {},
        }
      : {};
  const token = talks === true ? { progressToken: `p-${lastId}` } : {};
  const params = { name: tool, arguments: { text: word }, _meta: { ...own, ...token } };
  return { jsonrpc: '2.0', id: lastId, method: 'tools/call', params };
}

function headersOf({ revision, tool, session }: Request): string[] {
  // The header came with this revision: of those before it a client says nothing.
  const named = revision >= '2025-06-18' ? [`mcp-protocol-version: ${revision}`] : [];
  const repeated = revision === modern ? ['mcp-method: tools/call', `mcp-name: ${tool}`] : [];
  return [...named, ...repeated, ...(session === undefined ? [] : [`mcp-session-id: ${session}`])];
}

function bytesOf(client: Client, own: readonly string[], body: string): Buffer {
  const { agent, gateway: url, token: accessToken, nonce } = client;
  const proof = createProof({ key: agent.key, method: 'POST', url, accessToken, nonce });
  const { host, pathname } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    `authorization: DPoP ${accessToken}`,
    `dpop: ${proof}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    ...own,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** A connection that sends bytes, hears, and leaves. */
export interface Wire {
  send(bytes: Buffer): Promise<void>;
  /** All that it heard, once this stands in it. */
  until(word: string): Promise<string>;
  /** With a goodbye of the kernel, or without. */
  leave(how: 'close' | 'reset' | 'half'): void;
}

export function openWire(client: Client): Promise<Wire> {
  const { hostname, port } = new URL(client.gateway);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(wireOf(socket));
    });
  });
}

function wireOf(socket: Socket): Wire {
  let heard = '';
  let look = (): void => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('utf8');
    look();
  });
  socket.on('close', () => look());
  return {
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    until: (word) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (heard.includes(word)) resolve(heard);
          else if (socket.destroyed) reject(new Error(`${word} never came: ${heard}`));
        };
        look();
      }),
    leave(how) {
      if (how === 'reset') socket.resetAndDestroy();
      else if (how === 'close') socket.destroy();
      else socket.end(() => socket.destroy());
    },
  };
}
