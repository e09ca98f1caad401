import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask } from './command.ts';
import type { Terminal } from './run.ts';

/** How often `--watch` looks. */
const watchMs = 2_000;

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** On the error output, so that the answer alone goes where the answer is sent. */
const ask: Ask = async (question, { isHidden } = { isHidden: false }) => {
  if (isHidden) process.stderr.write(question);
  const output = isHidden ? nowhere() : process.stderr;
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await terminal.question(isHidden ? '' : question);
  } finally {
    terminal.close();
    if (isHidden) process.stderr.write('\n');
  }
};

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** The one that this process stands in. */
export function thisTerminal(): Terminal {
  return {
    env: process.env,
    userHome: homedir(),
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    readStdin,
    pause: () => sleep(watchMs, true),
    ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
  };
}
