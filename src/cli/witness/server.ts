import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  cosignCheckpoint,
  haveOneOwner,
  mostRequestBytes,
  type NoteVerifier,
  parseVkey,
  vkeyUnder,
  type WitnessAnswer,
  witnessVkey,
} from '#tlog/index.ts';
import type { WitnessState } from './state.ts';

export interface WitnessOptions {
  readonly name: string;
  readonly state: WitnessState;
  /** Verifier keys, each of one log. */
  readonly logs: readonly string[];
  /** Verifier keys whose owner may begin further logs beside that one. */
  readonly allLogsOf: readonly string[];
  readonly host: string;
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** One line for each cosignature, and for each log that contradicts what it showed. */
  readonly say: (line: string) => void;
}

export interface RunningWitness {
  readonly vkey: string;
  readonly url: string;
  close(): Promise<void>;
}

/** INVARIANT: so many logs at most: whoever has a key cannot fill the memory with origins. */
export const mostLogs = 1_000;
/** Whoever is slower than this is cut off. */
const requestMs = 10_000;
const mostConnections = 64;

/** A witness (c2sp.org/tlog-witness): remembers the heads of logs, and cosigns what goes on from them. */
export async function serveWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { name, state, say, now } = options;
  const key = createPrivateKey({ key: state.key, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = spki.subarray(-32);
  const signer = { name, publicKey, sign: (bytes: Uint8Array) => sign(null, bytes, key) };
  const known = createKeys(options);
  const memory = {
    keys: (origin: string) => (mayServe(state, origin) ? known(origin) : []),
    last: (origin: string) => state.last(origin),
    keep: (head: Parameters<WitnessState['keep']>[0]) => state.keep(head),
  };
  const seconds = () => Math.floor(now() / 1_000);
  const server = createServer((request, response) => {
    void answer(request, response, (bytes) => {
      const judged = cosignCheckpoint(bytes, { memory, signer, now: seconds });
      tell(judged, { state, say, now });
      return judged;
    });
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    vkey: witnessVkey(name, publicKey),
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function mayServe(state: WitnessState, origin: string): boolean {
  return state.last(origin) !== undefined || state.logs < mostLogs;
}

/** The key of a log by its origin; all logs of one owner have one key, and one prefix before their names. */
function createKeys({
  logs,
  allLogsOf,
}: Pick<WitnessOptions, 'logs' | 'allLogsOf'>): (origin: string) => readonly NoteVerifier[] {
  const exact = logs.map(parseVkey);
  const owners = allLogsOf.map((vkey) => ({ vkey, own: parseVkey(vkey).name }));
  return (origin) => [
    ...exact.filter(({ name }) => name === origin),
    ...owners
      .filter(({ own }) => haveOneOwner(origin, own))
      .flatMap(({ vkey }) => keyUnder(origin, vkey)),
  ];
}

/** None under a name that no key can have. */
function keyUnder(origin: string, vkey: string): readonly NoteVerifier[] {
  try {
    return [parseVkey(vkeyUnder(origin, vkey))];
  } catch {
    return [];
  }
}

function tell(
  judged: WitnessAnswer,
  { state, say, now }: Pick<WitnessOptions, 'state' | 'say' | 'now'>,
): void {
  const at = new Date(now()).toISOString();
  if (judged.status !== 200) {
    // What a stranger sends is not repeated here; that a log showed two histories is worth a line.
    if (judged.status === 422 || judged.status === 403)
      say(`${at} refused ${judged.status}: ${judged.why}`);
    return;
  }
  const { origin, size, root } = judged.head;
  const line = `${at} ${origin} ${size} ${Buffer.from(root).toString('base64')}`;
  state.note(line);
  say(line);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  judge: (bytes: Uint8Array) => WitnessAnswer,
): Promise<void> {
  try {
    if (request.url !== '/add-checkpoint') return end(response, 404, 'not found');
    if (request.method !== 'POST') return end(response, 405, 'only POST');
    const bytes = await read(request);
    if (bytes === undefined) return end(response, 413, 'too large');
    const judged = judge(bytes);
    if (judged.status === 200) return end(response, 200, judged.lines);
    if (judged.status === 409) return end(response, 409, `${judged.size}\n`, 'text/x.tlog.size');
    end(response, judged.status, judged.why);
  } catch {
    // The memory could not be kept: nothing was signed.
    end(response, 500, 'the witness cannot keep its memory');
  }
}

async function read(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostRequestBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  if (response.headersSent || response.destroyed) return;
  const body = text.endsWith('\n') ? text : `${text}\n`;
  response.writeHead(status, {
    'content-type': type,
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(body);
}

function listen(server: Server, { host, port }: WitnessOptions): Promise<void> {
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  server.maxConnections = mostConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
