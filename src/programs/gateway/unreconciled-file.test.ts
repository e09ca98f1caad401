import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUnreconciled } from '#gateway/index.ts';
import { openUnreconciledFile, readUnreconciled } from './unreconciled-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bailiwick-unreconciled-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'below', 'gateway.json');

describe('the file of calls with an unknown effect', () => {
  it('brings back every intent that was not reconciled, added before it was kept or after [AUD-05]', async () => {
    const known = createUnreconciled();
    known.addKey('a', 'intent-a');
    const file = openUnreconciledFile(path());
    file.keep(known);
    for (const name of ['b', 'c', 'd']) known.addKey(name, `intent-${name}`);
    known.reconcile('b');
    await file.close();
    expect(await readUnreconciled(path())).toEqual(['intent-a', 'intent-c', 'intent-d']);
  });

  it('is empty where none was ever written', async () => {
    const file = openUnreconciledFile(path());
    file.keep(createUnreconciled());
    await file.close();
    expect(await readUnreconciled(path())).toEqual([]);
  });

  it.each(['', '{"intents":["a"]', '{"schema":2,"intents":[]}'])(
    'is a fault when it reads %j, never an empty list',
    async (text) => {
      const broken = join(folder, 'gateway.json');
      writeFileSync(broken, text);
      await expect(readUnreconciled(broken)).rejects.toMatchObject({ code: 'store/corrupt' });
    },
  );
});
