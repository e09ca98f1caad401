import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { runCommandLine } from './run.ts';

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** On the error output, so that the answer alone goes where the answer is sent. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  userHome: homedir(),
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  readStdin,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
});
