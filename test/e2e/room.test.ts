import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillDisk } from './fill-disk.ts';
import { canHaveOwnDisk, type TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const possible = canHaveOwnDisk();
if (!possible)
  console.warn('a disk that is full for a while needs `unshare` and `mount`: it skips');

/** Two write-ahead files, a store, a log, and little else. */
const diskBytes = 320 * 1_048_576;
/** The body of each call is kept, sealed, in the journal: this many fill a segment soon. */
const large = 'large '.repeat(40_000);

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  if (!possible) return;
  world = await startWorld('', { diskBytes });
  agent = await world.instance.enrolAgent('worker');
});
afterAll(async () => {
  await world?.close();
});

async function call(text: string): Promise<string> {
  const answer = await callTool(agent.fetch, world.gateway, 'fake.echo', { text });
  return answer.told?.code ?? 'done';
}

async function callUntilRefused(): Promise<string> {
  for (;;) {
    const answers = await Promise.all([1, 2, 3, 4].map(() => call(large)));
    // The intent of a call may still have fitted, and its outcome not: those after it are refused.
    const refused = answers.find(
      (answer) => !['done', 'audit/outcome-unrecorded'].includes(answer),
    );
    if (refused !== undefined) return refused;
  }
}

async function records(): Promise<string> {
  const status: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/status');
  const items = status['readiness'] as { item: string; state: string; why: string }[];
  const found = items.find(({ item }) => item === 'records');
  return `${found?.state} ${found?.why}`;
}

async function until(asks: () => Promise<string>, wanted: RegExp): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const answer = await asks();
    if (wanted.test(answer) || tries === 200) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a disk that is full for a while', () => {
  it.skipIf(!possible)(
    'stops calls, shows red on the gateway that it stops, and nothing needs a restart when there is room [AUD-01]',
    async () => {
      const gateway = childOf(world.instance.pid, 'gateway/main.ts');
      // The agent's token comes before: on a full disk the store gives none.
      expect(await call('small')).toBe('done');
      expect(await records()).toMatch(/^green/);
      const makeRoom = fillDisk(world.instance.data);
      expect(await callUntilRefused()).toBe('audit/unavailable');
      expect(await until(records, /^red/)).toMatch(/^red .*gateway-1/);
      makeRoom();
      expect(await until(() => call(large), /^done/)).toBe('done');
      expect(await until(records, /^green/)).toMatch(/^green/);
      expect(childOf(world.instance.pid, 'gateway/main.ts')).toBe(gateway);
    },
    300_000,
  );
});
