import { mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { type AuditReader, createAuditReader } from '#planes/audit/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { filesHolding } from '../../test/e2e/files.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';
import { openProgramLog, type ProgramLog } from './program-log.ts';

const words = 'refund the order of Mrs Canary-4711';
let folder = '';
let store: Store;
let log: ProgramLog;
let reader: AuditReader;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-sealed-'));
  const keys = join(folder, 'keys');
  const keyring = await createFileKeyring({ folder: keys });
  const data = join(folder, 'data');
  store = await openSqliteStore({ folder: join(data, 'store'), clock });
  const { payloadKeys } = store;
  const place = { data, writer: 'control-1', tenant: 'main', ratchetFolder: keys };
  log = await openProgramLog({ ...place, keyring, clock, payloadKeys });
  reader = createAuditReader({ readers: () => log.readers(), sealer: log.sealer });
});
afterEach(async () => {
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function begun(subject: string): Promise<string> {
  const draft = draftOf('task.begun', { task: 't' });
  const { id } = await log.recorder.record(draft, Buffer.from(words), { subject });
  await log.flush();
  return id;
}

async function wordsOf(id: string): Promise<string | undefined> {
  const found = await reader.show('main', id);
  if (found === undefined) throw new Error('the record is not there');
  return (await reader.payload(found))?.toString();
}

function filesThatSay(text: string): readonly string[] {
  return filesHolding(folder, [text]);
}

describe('a log whose heads are signed once more', () => {
  it('is held against both keys, from the start that asked for it on, and goes on without', async () => {
    await log.close();
    const logRoot = join(folder, 'data/log');
    const judged = () => {
      const at = join(logRoot, 'main/standard/control-1');
      const keys = ['vkey', 'vkey-ml-dsa-44'].map((name) => readFileSync(join(at, name), 'utf8'));
      return verifyLogs(logRoot, { keys }).logs[0];
    };
    const run = async (secondSignature: 'ml-dsa-44' | undefined) => {
      const keys = join(folder, 'keys');
      const keyring = await createFileKeyring({ folder: keys });
      const place = { data: join(folder, 'data'), writer: 'control-1', tenant: 'main' };
      const { payloadKeys } = store;
      const of = { ...place, ratchetFolder: keys, keyring, clock, payloadKeys, secondSignature };
      log = await openProgramLog(of);
      await log.recorder.record(draftOf('task.begun', { task: 't' }));
      await log.flush();
    };
    await run('ml-dsa-44');
    const first = judged();
    expect(first).toMatchObject({ status: 'consistent' });
    expect(first).not.toHaveProperty('lacksSecond');
    await log.close();
    await run(undefined);
    expect(judged()).toMatchObject({ status: 'consistent', lacksSecond: true });
    await log.close();
    await run('ml-dsa-44');
    expect(judged()).not.toHaveProperty('lacksSecond');
  });
});

describe('words that stand sealed beside their record', () => {
  it('are plain in no file of store, journal, log and keys, and are read with the key book', async () => {
    const id = await begun('ann@corp');
    expect(filesThatSay('Canary-4711')).toEqual([]);
    expect(await wordsOf(id)).toBe(words);
    const key = await store.payloadKeys.of('main', 'ann@corp');
    expect((await reader.show('main', id))?.record.payload?.key).toBe(key?.handle);
  });

  it('open for nobody once the key of their subject is destroyed, while leaf and proof stay', async () => {
    const [ann, bob] = [await begun('ann@corp'), await begun('bob@corp')];
    const before = [await reader.show('main', ann), await reader.proof('main', bob)];
    const handle = (await store.payloadKeys.of('main', 'ann@corp'))?.handle ?? '';
    const gone = { tenant: 'main', handle, record: ann, now: 0 };
    expect(await store.payloadKeys.destroy(gone)).toBe(true);
    await expect(wordsOf(ann)).rejects.toMatchObject({ code: 'audit/erased' });
    expect(await wordsOf(bob)).toBe(words);
    expect([await reader.show('main', ann), await reader.proof('main', bob)]).toEqual(before);
    expect(await reader.proof('main', ann)).toBeDefined();
  });
});
