import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { callback } from '../e2e/oauth-world.ts';
import { python } from './python-clients.ts';
import { strangerFile } from './strangers.ts';

export interface CallTold {
  readonly isError: boolean;
  readonly text: string;
  readonly record: string;
}

/** A program as its user has it: whenever it needs them it opens an address and waits for the browser. */
export interface SigningIn {
  /** Where it sends its user next. */
  sent(): Promise<URL>;
  /** The browser of its user has come to this address of the client. */
  back(place: URL): Promise<void>;
  call(tool: string, args: Record<string, unknown>): Promise<CallTold>;
  /** Makes it take its access token for one that is over; answers the refresh token that it has. */
  spoil?(): Promise<string>;
  close(): Promise<void>;
}

export interface SigningClient {
  readonly name: string;
  start(gateway: string): Promise<SigningIn>;
}

/** Addresses that come before somebody waits for them, and the other way around. */
class Sent {
  readonly #told: URL[] = [];
  readonly #waiting: ((place: URL) => void)[] = [];

  tell(place: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#told.push(new URL(place));
    else waiting(new URL(place));
  }

  next(): Promise<URL> {
    const told = this.#told.shift();
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Of what a program prints for its user. */
  read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      const place = /\bhttps?:\/\/\S+\/oauth\/authorize\?\S+/.exec(line)?.[0];
      if (place !== undefined) this.tell(place);
    });
  }
}

interface Told {
  readonly isError?: boolean;
  readonly content?: readonly { readonly text?: string }[];
  readonly _meta?: Readonly<Record<string, unknown>>;
}

function toldBy(result: unknown): CallTold {
  const { isError, content = [], _meta } = result as Told;
  const text = content.map((part) => part.text ?? '').join('\n');
  return { isError: isError === true, text, record: String(_meta?.['dev.bailiwick/record']) };
}

/** Both listen for the browser themselves. */
async function visit(place: URL): Promise<void> {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`the client took it for wrong: ${await answer.text()}`);
}

/** No browser is found: the address is printed, as over a remote shell. */
const own = (home: string) => ({ ...process.env, HOME: home, PATH: '/nonexistent', DISPLAY: '' });

const newHome = () => mkdtempSync(join(tmpdir(), 'bailiwick-signing-in-'));

const mcpRemote: SigningClient = {
  name: 'mcp-remote 0.15.1',
  async start(gateway) {
    const home = newHome();
    const sent = new Sent();
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [strangerFile('mcp-remote', 'dist/proxy.js'), gateway],
      env: { ...own(home), MCP_REMOTE_CONFIG_DIR: home },
      stderr: 'pipe',
    });
    if (transport.stderr !== null) sent.read(transport.stderr as Readable);
    const client = new Client({ name: 'desk', version: '1' });
    const connected = client.connect(transport, { timeout: 60_000 });
    connected.catch(() => undefined);
    return {
      sent: () => sent.next(),
      back: visit,
      async call(name, args) {
        await connected;
        return toldBy(await client.callTool({ name, arguments: args }));
      },
      async close() {
        await client.close();
        rmSync(home, { recursive: true, force: true });
      },
    };
  },
};

/** A process for each call; what it was given it keeps in a file of its user's. */
const inspector: SigningClient = {
  name: 'inspector --cli 2.12.0',
  async start(gateway) {
    const home = newHome();
    const sent = new Sent();
    const program = strangerFile(
      '@modelcontextprotocol/inspector',
      'clients/launcher/build/index.js',
    );
    const env = { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' };
    const place = `http://127.0.0.1:${await freePort()}/oauth/callback`;
    return {
      sent: () => sent.next(),
      back: visit,
      async call(tool, args) {
        const way = [
          '--cli',
          '--server-url',
          gateway,
          '--transport',
          'http',
          '--callback-url',
          place,
        ];
        const told = ['--quiet', '--format', 'json', '--method', 'tools/call'];
        const asked = ['--tool-name', tool, '--tool-args-json', JSON.stringify(args)];
        const child = spawn(process.execPath, [program, ...way, ...told, ...asked], {
          env: { ...own(home), ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        sent.read(child.stderr);
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        await new Promise((resolve) => child.once('close', resolve));
        if (stdout === '') return { isError: true, text: stderr, record: '' };
        return toldBy((JSON.parse(stdout) as { result: unknown }).result);
      },
      close: () => Promise.resolve(rmSync(home, { recursive: true, force: true })),
    };
  },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Line = Readonly<Record<string, unknown>>;

const pythonSdk = (version: string, set: 'first' | 'second'): SigningClient => ({
  name: `python mcp ${version}`,
  async start(gateway) {
    const sent = new Sent();
    const source = join(import.meta.dirname, 'python/sign_in.py');
    const child = spawn(python(set), [source, set], {
      env: { ...process.env, MCP_URL: gateway, MCP_CALLBACK: callback },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const waiting: ((line: Line) => void)[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if (typeof line['sent'] === 'string') sent.tell(line['sent']);
      else waiting.shift()?.(line);
    });
    child.once('exit', () => {
      for (const tell of waiting.splice(0)) tell({ isError: true, text: stderr });
    });
    const tell = (line: Line) => void child.stdin.write(`${JSON.stringify(line)}\n`);
    const ask = (line: Line) =>
      new Promise<Line>((resolve) => {
        waiting.push(resolve);
        tell(line);
      });
    return {
      sent: () => sent.next(),
      back: ({ searchParams }) => Promise.resolve(tell({ back: Object.fromEntries(searchParams) })),
      async call(tool, args) {
        const told = await ask({ op: 'call', tool, args });
        // A new yes is new work, in another session: the first generation leaves it to its user to connect anew.
        const isOver = told['text'] === 'McpError: Session terminated';
        return (isOver ? await ask({ op: 'call', tool, args }) : told) as unknown as CallTold;
      },
      spoil: async () => String((await ask({ op: 'spoil' }))['refresh']),
      async close() {
        child.stdin.end();
        if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
      },
    };
  },
});

export const nodeSigningClients: readonly SigningClient[] = [mcpRemote, inspector];
export const pythonSigningClients: readonly SigningClient[] = [
  pythonSdk('1.30.0', 'first'),
  pythonSdk('2.3.0', 'second'),
];
