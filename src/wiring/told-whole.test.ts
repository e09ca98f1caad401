import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToldPage } from '#contracts/told-records.ts';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import { createAuditReader, createPayloadSealer } from '#planes/audit/index.ts';
import { FakeKeyring } from '../../test/fakes/fake-keyring.ts';
import { createIndexedWorld, type IndexedWorld } from '../../test/fakes/indexed-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';
import { toldRecords } from './told-records.ts';

let world: IndexedWorld;
let handedOn: readonly string[] = [];
beforeEach(async () => {
  world = await createIndexedWorld();
  handedOn = [];
});
afterEach(() => world.close());

const task = 'task-1';
const draft = (type: RecordType, call: string, over: Partial<RecordDraft> = {}): RecordDraft =>
  draftOf(type, { call, task, ...over });

function told(sealer = world.sealer) {
  return toldRecords({
    queries: { ask: (question) => world.keeper().answer(question) },
    reader: createAuditReader({ readers: () => world.logs(), sealer }),
    isHandedOn: async (_, of) => handedOn.includes(of),
  });
}

async function allOf(of = told(), asked = task, since = 0): Promise<readonly ToldPage[]> {
  const pages: ToldPage[] = [];
  let after: string | undefined;
  do {
    const page = await of.of({ tenant: 'main', task: asked, since, after });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

describe('what a task was told, page by page and whole or not', () => {
  it('is told in its order, of all writers, with what was sealed, and of no other task [SEM-05]', async () => {
    await world.write([draft('task.begun', '')], 'control');
    for (const [at, writer] of ['gateway-1', 'gateway-2'].entries()) {
      world.clock.advance(10);
      await world.writeSealed(draft('policy.intent', `c${at}`), `{"id":${at}}`, writer);
      world.clock.advance(10);
      await world.writeSealed(draft('policy.outcome', `c${at}`), `{"at":${at}}`, writer);
    }
    await world.writeSealed(draft('policy.outcome', 'other', { task: 'task-2' }), '{"x":1}');
    const [page, ...more] = await allOf();
    expect(more).toEqual([]);
    expect(page?.isWhole).toBe(true);
    expect(page?.records.map(({ kind, call, text }) => [kind, call, text])).toEqual([
      ['begun', '', undefined],
      ['asked', 'c0', '{"id":0}'],
      ['told', 'c0', '{"at":0}'],
      ['asked', 'c1', '{"id":1}'],
      ['told', 'c1', '{"at":1}'],
    ]);
    const [late] = await allOf(told(), task, page?.records[3]?.at);
    expect(late?.records.map(({ call }) => call)).toEqual(['c1', 'c1']);
  });

  it('comes in pages that are bounded in records and in characters, each record once [SEM-05]', async () => {
    const many = Array.from({ length: 300 }, (_, at) => draft('policy.outcome', `c${at}`));
    await world.write(many);
    const big = 'x'.repeat(700_000);
    for (const call of ['d0', 'd1', 'd2']) {
      world.clock.advance(1);
      await world.writeSealed(draft('policy.outcome', call), JSON.stringify({ big }));
    }
    const pages = await allOf();
    const calls = pages.flatMap(({ records }) => records.map(({ call }) => call));
    expect(calls).toHaveLength(303);
    expect(new Set(calls).size).toBe(303);
    for (const { records } of pages) {
      expect(records.length).toBeLessThanOrEqual(128);
      const chars = records.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
      expect(chars).toBeLessThan(2_000_000);
    }
    expect(pages.length).toBeGreaterThanOrEqual(4);
  });

  it('names what was erased, or whose key is gone, without its text [SEM-05, AUD-12]', async () => {
    await world.writeSealed(draft('policy.outcome', 'c'), '{"a":1}');
    const keyring = new FakeKeyring();
    const other = await createPayloadSealer({ keyring, clock: world.clock });
    const [page] = await allOf(told(other));
    expect(page?.records).toMatchObject([{ kind: 'told', call: 'c', text: undefined }]);
  });

  it('is no whole one where a log cannot be looked through to its signed end [SEM-05]', async () => {
    await world.writeSealed(draft('policy.outcome', 'c'), '{"a":1}');
    expect((await allOf()).map(({ isWhole }) => isWhole)).toEqual([true]);
    await world.write([draft('policy.outcome', 'd')], 'gateway-2');
    rmSync(join(world.root, 'log', 'main', 'standard', 'gateway-2', 'tile'), { recursive: true });
    expect((await allOf()).map(({ isWhole }) => isWhole)).toEqual([false]);
  });

  it('is no whole one of work that was handed on [SEM-05]', async () => {
    await world.writeSealed(draft('policy.outcome', 'c'), '{"a":1}');
    handedOn = [task];
    expect((await allOf()).map(({ isWhole }) => isWhole)).toEqual([false]);
  });

  it('is told to nobody by a name that means something in a query, and never as whole [SEM-05]', async () => {
    await world.writeSealed(draft('policy.outcome', 'c'), '{"a":1}');
    for (const hostile of ['task-1" agent:"x', 'x" -task:"y', 'a,task-1', 'a b', '*', '', '\\"']) {
      const pages = await allOf(told(), hostile);
      expect([hostile, pages]).toEqual([
        hostile,
        [{ records: [], next: undefined, isWhole: false }],
      ]);
    }
  });
});
