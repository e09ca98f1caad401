import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EffectReport } from '#contracts/effect-book.ts';
import { createState, createUnreconciled } from '#gateway/index.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { FakeEffects } from '../../../test/fakes/fake-effects.ts';
import { openUnreconciledFile, readUnreconciled } from './unreconciled-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bailiwick-unreconciled-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function created() {
  const { state } = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer: 'w' });
  const gateway = { writer: 'w', life: 'l' };
  return createUnreconciled({
    effects: new FakeEffects(),
    state,
    gateway,
    clock: new ManualClock(),
    keyed: (_, digest) => digest,
  });
}

function report(name: string): EffectReport {
  const call = { tenant: 'main', task: 't', target: 'tool:fake/pay', argumentsDigest: name };
  return { ...call, effect: 'unknown', ref: `record-${name}`, by: 'w', at: 0 };
}

const path = (): string => join(folder, 'below', 'gateway.json');

describe('the file of calls with an unknown effect', () => {
  it('brings back what control was not told, added before it was kept or after [AUD-05]', async () => {
    const known = created();
    known.addFound([report('a')]);
    const file = openUnreconciledFile(path());
    file.keep(known);
    known.addFound(['b', 'c'].map(report));
    await file.close();
    expect(await readUnreconciled(path())).toEqual(['record-a', 'record-b', 'record-c']);
  });

  it('holds no more what control knows: from there on the overlay speaks', async () => {
    const known = created();
    const file = openUnreconciledFile(path());
    file.keep(known);
    known.addFound([report('a')]);
    expect(await known.tell()).toBe(true);
    await file.close();
    expect(await readUnreconciled(path())).toEqual([]);
  });

  it('is empty where none was ever written', async () => {
    const file = openUnreconciledFile(path());
    file.keep(created());
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
