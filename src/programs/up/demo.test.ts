import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Demo, startDemoEstate } from './demo.ts';

const folders: string[] = [];
const running: Demo[] = [];

async function start(folder: string): Promise<Demo> {
  const demo = await startDemoEstate(folder);
  running.push(demo);
  return demo;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-estate-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const demo of running.splice(0)) await demo.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function billingUrl({ documents }: Demo): string {
  const text = readFileSync(join(documents, 'servers.yaml'), 'utf8');
  return /"(http:\/\/127\.0\.0\.1:\d+\/mcp)"/.exec(text)?.[1] ?? '';
}

async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { method: 'POST', body: '{}' }).then(
    ({ status }) => status,
    () => undefined,
  );
}

/** Children of this process that run the billing server. */
function billingPids(): number[] {
  const tasks = readdirSync('/proc/self/task');
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('servers/billing.ts'))
    .map(Number);
}

describe('the demo estate', () => {
  it('keeps its secrets over a restart, readable by their owner only', async () => {
    const folder = newFolder();
    const first = await start(folder);
    const file = join(folder, 'secrets.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await first.stop();
    const second = await start(folder);
    expect(second.secrets).toEqual(first.secrets);
    expect(new Set(Object.values(second.secrets)).size).toBe(2);
  });

  it('starts with new secrets when their file is broken, and the customers open with the new one', async () => {
    const folder = newFolder();
    const { secrets } = await start(folder);
    await running.pop()?.stop();
    writeFileSync(join(folder, 'secrets.json'), '{"billing-key":');
    const again = await start(folder);
    expect(again.secrets['crm-token']).toMatch(/^hlc_/);
    expect(again.secrets['crm-token']).not.toBe(secrets['crm-token']);
    const db = new DatabaseSync(join(folder, 'crm.sqlite'), { readOnly: true });
    expect(db.prepare('SELECT count(*) AS n FROM customers').get()?.['n']).toBe(10);
    db.close();
  });

  it('fills every placeholder and puts no secret into a document [CRD-01]', async () => {
    const { documents, secrets } = await start(newFolder());
    const text = readdirSync(documents)
      .map((file) => readFileSync(join(documents, file), 'utf8'))
      .join('\n');
    expect(text).not.toMatch(/__[A-Z_]+__/);
    expect(Object.values(secrets).filter((secret) => text.includes(secret))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'starts the billing server again on its port when it dies, and lets nobody in without the key',
    async () => {
      const demo = await start(newFolder());
      const url = billingUrl(demo);
      expect(await statusOf(url)).toBe(401);
      const [pid = 0] = billingPids();
      process.kill(pid, 'SIGKILL');
      while (billingPids().includes(pid)) await sleep(10);
      let status: number | undefined;
      while (status === undefined) {
        status = await statusOf(url);
        await sleep(20);
      }
      expect(status).toBe(401);
      await demo.stop();
      expect(await statusOf(url)).toBeUndefined();
    },
  );
});
