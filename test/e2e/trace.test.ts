import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWholeLog, type WholeLog } from './crash-log.ts';
import { isSynced, noTraceBecause, type TracedWrite, traceWrites } from './crash-trace.ts';
import { childOf } from './processes.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const callCount = 20;
const without = noTraceBecause();
if (without !== undefined) process.stderr.write(`SKIPPED: the system-call trace: ${without}\n`);

interface Traced {
  readonly mark: string;
  readonly outcome: string;
  readonly intent: string;
}

let world: RunningWorld;
let log: WholeLog;
let writes: readonly TracedWrite[];
let calls: readonly Traced[];
let syncedFiles: readonly boolean[];

beforeAll(async () => {
  if (without !== undefined) return;
  world = await startWorld();
  const agent = await world.instance.enrolAgent('worker');
  const pid = childOf(world.instance.pid, 'gateway/main.ts');
  const trace = await traceWrites(pid, join(world.instance.folder, 'trace'));
  const answered: { mark: string; outcome: string }[] = [];
  for (let number = 0; number < callCount; number += 1) {
    const mark = `traced-call-${number}-end`;
    const tool = number % 2 === 0 ? 'fake.echo' : 'fake.note';
    const { record } = await callTool(agent.fetch, world.gateway, tool, { text: mark });
    answered.push({ mark, outcome: String(record) });
  }
  // The last answer is here before its system call was seen to end: one more call, and it was.
  await callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'unmarked' });
  writes = await trace.end();
  syncedFiles = [...new Set(journalWrites().map(({ fd }) => fd))].map((fd) => isSynced(pid, fd));
  await world.instance.stop();
  log = readWholeLog(world.instance.data);
  calls = answered.map((call) => ({
    ...call,
    intent: String(log.byId.get(call.outcome)?.intent),
  }));
});
afterAll(async () => {
  await world?.close();
});

const journalWrites = (): TracedWrite[] =>
  writes.filter(({ target }) => target.includes('/journal/gateway-1/'));

/** The moment from which the record was on disk. */
function recordedAt(id: string): number {
  const write = journalWrites().find(({ text }) => text.includes(`\\"id\\":\\"${id}\\"`));
  return write?.done ?? Number.POSITIVE_INFINITY;
}

/** The moment at which the first byte of the request with this mark left for the tool server. */
function sentAt(mark: string): number {
  const port = new URL(world.upstream.url).port;
  const sent = writes.filter(({ target }) => target.endsWith(`->127.0.0.1:${port}]`));
  const at = sent.findIndex(({ text }) => text.includes(mark));
  const fd = sent[at]?.fd;
  const first = sent
    .slice(0, at + 1)
    .findLast((one) => one.fd === fd && one.text.includes('POST '));
  return first?.began ?? Number.NEGATIVE_INFINITY;
}

/** The moment at which the first byte of the answer with this record left for the agent. */
function answeredAt(outcome: string): number {
  const port = new URL(world.gateway).port;
  const sent = writes.filter(({ target }) => target.includes(`:[127.0.0.1:${port}->`));
  const at = sent.findIndex(({ text }) => text.includes(outcome));
  const fd = sent[at]?.fd;
  const first = sent
    .slice(0, at + 1)
    .findLast((one) => one.fd === fd && one.text.includes('HTTP/1.1 '));
  return first?.began ?? Number.NEGATIVE_INFINITY;
}

describe.runIf(without === undefined)('the system calls of 20 governed calls', () => {
  it('write the journal only through files on which every write is synced [AUD-01]', () => {
    expect(syncedFiles.length).toBeGreaterThan(0);
    expect(syncedFiles).not.toContain(false);
  });

  it('show the intent on disk before the first byte for the tool server [AUD-05]', () => {
    expect(calls.length).toBe(callCount);
    for (const { mark, intent } of calls) {
      expect(log.byId.get(intent)?.type).toBe('policy.intent');
      expect(sentAt(mark), mark).toBeGreaterThan(0);
      expect(recordedAt(intent), mark).toBeLessThan(sentAt(mark));
    }
  });

  it('show the outcome on disk before the first byte of the answer [AUD-01, AUD-05]', () => {
    for (const { mark, outcome } of calls) {
      expect(answeredAt(outcome), mark).toBeGreaterThan(sentAt(mark));
      expect(recordedAt(outcome), mark).toBeLessThan(answeredAt(outcome));
    }
  });
});
