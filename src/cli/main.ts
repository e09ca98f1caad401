import { homedir } from 'node:os';
import { runCommandLine } from './run.ts';

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  userHome: homedir(),
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  readStdin,
});
