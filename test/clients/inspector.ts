import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Attached, type ForeignClient, type Said, saidOf } from './client.ts';
import { strangerFile } from './strangers.ts';

const program = strangerFile('@modelcontextprotocol/inspector', 'clients/launcher/build/index.js');
const mostMs = 60_000;

/** The command line of Inspector: a process and a connection for each request. */
export const inspector: ForeignClient = {
  name: 'inspector --cli 2.12.0',
  runtime: 'node',
  oneShot: true,
  attach(url, bearer) {
    const home = mkdtempSync(join(tmpdir(), 'bailiwick-inspector-'));
    const run = (...args: string[]) => asked(home, [url, '--header', header(bearer), ...args]);
    const attached: Attached = {
      async list() {
        const { tools } = (await run('--method', 'tools/list')).said as {
          tools: { name: string }[];
        };
        return tools.map(({ name }) => name);
      },
      async call(tool, args) {
        const given = ['--tool-name', tool, '--tool-args-json', JSON.stringify(args)];
        return told(await run('--method', 'tools/call', ...given));
      },
      close: () => Promise.resolve(rmSync(home, { recursive: true, force: true })),
    };
    return Promise.resolve(attached);
  },
};

const header = (bearer: string): string => `Authorization: Bearer ${bearer}`;

interface Output {
  /** The result, else the error that it tells. */
  readonly said: unknown;
  readonly hasResult: boolean;
}

/** What it finds out itself, such as a tool that was not listed, it tells on its other pipe. */
function told({ said, hasResult }: Output): Said {
  if (hasResult) return saidOf(said);
  const { error } = said as { error?: { code?: unknown; message?: string } };
  return {
    as: error?.code === 'tool_not_found' ? 'protocol error' : 'exception',
    text: error?.message ?? JSON.stringify(said),
  };
}

function asked(home: string, args: readonly string[]): Promise<Output> {
  const all = [program, '--cli', ...args, '--transport', 'http', '--quiet', '--format', 'json'];
  const options = { env: { ...process.env, HOME: home }, timeout: mostMs, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, all, options, (_, stdout, stderr) => {
      const hasResult = stdout.trim() !== '';
      const said = parsed(hasResult ? stdout : stderr);
      resolve({ said: hasResult ? (said as { result: unknown }).result : said, hasResult });
    });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { error: { message: text } };
  }
}
