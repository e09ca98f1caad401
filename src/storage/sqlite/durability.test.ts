import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from './index.ts';

const child = fileURLToPath(new URL('./consume-child.ts', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function grantMany(store: Store, count: number): Promise<string[]> {
  const now = new ManualClock().now();
  const grants = Array.from({ length: count }, async (_, i) => {
    const asked = approvalRequest({ tenant: 'main', now, call: `call ${i}`, pendingLimit: count });
    const { id, callDigest } = await store.grants.request(asked);
    await store.grants.decide({
      tenant: 'main',
      id,
      verdict: 'approve',
      by: 'ann',
      reason: 'yes',
      now,
      grantExpiresAt: now + 900_000,
    });
    return `${id}:${callDigest}`;
  });
  return Promise.all(grants);
}

/** Runs the child until it has said `after` lines, then kills it without a warning. */
async function killAfter(after: number, args: readonly string[]): Promise<string[]> {
  const running = spawn(process.execPath, [child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  running.stdout.setEncoding('utf8');
  running.stdout.on('data', (chunk: string) => {
    said += chunk;
    if (said.split('\n').length > after) running.kill('SIGKILL');
  });
  await new Promise((resolve) => running.once('close', resolve));
  return said.split('\n').slice(0, -1);
}

describe('a store whose process is killed', () => {
  it('has spent every grant whose use was acknowledged, and spends it no more [APR-02, APR-06]', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-kill-'));
    folders.push(folder);
    const clock = new ManualClock();
    const before = await openSqliteStore({ folder, clock });
    const grants = await grantMany(before, 300);
    await before.close();
    const acknowledged = new Set<string>();
    for (const after of [1, 7, 40]) {
      const left = grants.filter((grant) => !acknowledged.has(grant.split(':')[0] ?? ''));
      for (const line of await killAfter(after, [folder, 'main', ...left])) {
        const [kind, id] = line.split(' ');
        if (kind === 'consumed') acknowledged.add(id ?? '');
      }
      // The lock died with the process, and the file opens without repair.
      const store = await openSqliteStore({ folder, clock });
      for (const id of acknowledged) {
        expect(await store.grants.byId('main', id)).toMatchObject({
          state: 'spent',
          use: 'unused',
        });
      }
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(40);
    const store = await openSqliteStore({ folder, clock });
    for (const grant of grants) {
      const [id, callDigest] = grant.split(':');
      const spend = { tenant: 'main', id: id ?? '', callDigest: callDigest ?? '', by: 'after' };
      const again = await store.grants.consume({ ...spend, now: clock.now() });
      if (acknowledged.has(spend.id))
        expect(again).toMatchObject({ kind: 'refused', why: 'spent' });
    }
    await store.close();
  });
});
