import { createInterface } from 'node:readline';
import { type Asked, legacyServer } from './bare-answers.ts';

/** The bare tool server over its pipes, started by the gateway itself. */
const answer = legacyServer();
for await (const line of createInterface({ input: process.stdin })) {
  const answered = answer(JSON.parse(line) as Asked);
  if (answered !== undefined) process.stdout.write(`${JSON.stringify(answered)}\n`);
}
