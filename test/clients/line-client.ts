import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Attached, ForeignClient, Said } from './client.ts';

/**
 * A client of another language: a small driver that reads `{"op": …}` and answers, a line each. It holds one
 * connection from its first line to its last.
 */
export function lineClient(
  client: Pick<ForeignClient, 'name' | 'runtime' | 'oneShot'>,
  command: () => readonly string[],
): ForeignClient {
  return {
    ...client,
    async attach(url, bearer) {
      const [program = '', ...args] = command();
      const child = spawn(program, args, {
        env: { ...process.env, MCP_URL: url, MCP_BEARER: bearer },
      });
      const ask = dialogue(child);
      const ready = await ask(undefined);
      if (ready['ready'] !== true) throw new Error(JSON.stringify(ready));
      return attached(child, ask);
    },
  };
}

export type Line = Readonly<Record<string, unknown>>;
export type Ask = (line: Line | undefined) => Promise<Line>;

function attached(child: ChildProcessWithoutNullStreams, ask: Ask): Attached {
  return {
    list: async () => (await ask({ op: 'list' }))['tools'] as string[],
    call: async (tool, args) => (await ask({ op: 'call', tool, args })) as unknown as Said,
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

const mostMs = 60_000;

/** Asks a line and hears a line; frameworks print as well, and what is ours is an object. */
export function dialogue(child: ChildProcessWithoutNullStreams): Ask {
  let stderr = '';
  child.stderr.on(
    'data',
    (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-2000)),
  );
  const waiting: ((line: Line) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    // Frameworks print as well; what is ours is an object.
    if (text.startsWith('{')) waiting.shift()?.(JSON.parse(text) as Line);
  });
  const end = (why: string) => {
    for (const tell of waiting.splice(0)) tell({ as: 'exception', text: `${why}: ${stderr}` });
  };
  child.once('exit', (code) => end(`the driver ended with ${code}`));
  return (line) =>
    new Promise((resolve) => {
      const late = setTimeout(() => child.kill('SIGKILL'), mostMs);
      waiting.push((answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      if (line !== undefined) child.stdin.write(`${JSON.stringify(line)}\n`);
    });
}
