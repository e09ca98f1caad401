import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { verifyProofFile, parseVkey } from '#tlog/index.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import type { Annotations } from './door.ts';

let world: IndexedWorld;
beforeEach(async () => {
  world = await createIndexedWorld();
});
afterEach(() => world.close());

const actors = [{ kind: 'human', name: 'ann' }] as const;

/** As the desk writes it: by control, about a record or a task, with nothing of a call. */
async function say(details: JsonObject, tenant = 'main'): Promise<string> {
  world.clock.advance(1_000);
  const [id = ''] = await world.write(
    [{ type: 'log.annotated', tenant, actors, details }],
    'control-1',
  );
  return id;
}

const idsOf = ({ annotations }: Annotations) => annotations.map(({ record }) => record.id);

describe('what was said later', () => {
  it('is told with the record, the task and the annotation that it is about, and changes none of them [AUD-20]', async () => {
    const task = 'task-17';
    const [record = '', other = ''] = await world.write([
      draftOf('policy.intent', { task, call: 'c-1' }),
      draftOf('policy.intent', { task: 'another', call: 'c-2', approval: { id: 'another' } }),
    ]);
    const before = await world.ask('call:c-1', { proven: 'leaf' });
    const first = await say({ record, note: 'here it began' });
    const ofTask = await say({ task, note: 'INC-17' });
    const reply = await say({ record: first, note: 'no: earlier' });
    await say({ record: other, note: 'of another' });

    const shown = await world.keeper().annotations('main', record);
    expect(idsOf(shown)).toEqual([first, reply]);
    expect(shown).toMatchObject({
      annotations: [
        {
          annotates: { kind: 'record', id: record },
          record: { details: { note: 'here it began' } },
        },
        { annotates: { kind: 'record', id: first } },
      ],
      annotationsCut: false,
      reach: [{ complete: 4 }, { complete: 2 }],
    });
    const told = await world.keeper().timeline('main', task);
    expect(told.records.map((one) => one.record.id)).toEqual([record]);
    expect(idsOf(told)).toEqual([first, ofTask, reply]);

    const after = await world.ask('call:c-1', { proven: 'leaf' });
    expect(after.records).toEqual(before.records);
    expect(after).not.toHaveProperty('annotations');
    const found = await world.ask(`annotates:${record}`);
    expect(found.records.map((one) => one.record.id)).toEqual([first]);
  });

  it('is a signed record of its own, with a proof as any has [AUD-20]', async () => {
    const [record = ''] = await world.write([draftOf('policy.intent', { call: 'c-1' })]);
    const id = await say({ record, note: 'here it began' });
    const answer = await world.ask('call:c-1', { proven: 'full', annotated: true });
    const [one] = answer.annotations ?? [];
    expect(one?.record.id).toBe(id);
    const vkey = answer.reach.find(({ origin }) => origin === one?.origin)?.vkey ?? '';
    const entry = Buffer.from(one?.leaf ?? '');
    const log = { log: parseVkey(vkey) };
    expect(verifyProofFile(Buffer.from(one?.proof ?? ''), entry, log).index).toBe(one?.index);
    entry[40] = (entry[40] ?? 0) ^ 1;
    expect(() => verifyProofFile(Buffer.from(one?.proof ?? ''), entry, log)).toThrow();
  });

  it('is taken back by another that says so, and both stay [AUD-20]', async () => {
    const [record = ''] = await world.write([draftOf('policy.intent')]);
    const wrong = await say({ record, note: 'wrong' });
    const kept = await say({ record, note: 'right' });
    const back = await say({ record: wrong, note: 'was another case', withdraws: true });
    const { annotations } = await world.keeper().annotations('main', record);
    expect(annotations.map((one) => [one.record.id, one.withdrawnBy])).toEqual([
      [wrong, back],
      [kept, undefined],
      [back, undefined],
    ]);
  });

  it('in one tenant is told in no other, and a task that is called as a record is another thing', async () => {
    const [record = ''] = await world.write([draftOf('policy.intent', { task: 't' })]);
    await world.write([draftOf('policy.intent', { tenant: 'other' })]);
    await say({ record, note: 'theirs' }, 'other');
    await say({ task: record, note: 'a task of that name' });
    await say({ record, task: 't', note: 'about two things' });
    expect(idsOf(await world.keeper().annotations('main', record))).toEqual([]);
    expect(idsOf(await world.keeper().timeline('main', 't'))).toEqual([]);
    expect(idsOf(await world.keeper().annotations('other', record))).toHaveLength(1);
  });

  it('is told up to auditAnnotations, and 16 deep, and that there is more is said', async () => {
    const [deep = '', wide = ''] = await world.write([
      draftOf('policy.intent'),
      draftOf('policy.intent'),
    ]);
    let about = deep;
    for (let depth = 0; depth <= 16; depth += 1) {
      about = await say({ record: about, note: `${depth}` });
    }
    const chain = await world.keeper().annotations('main', deep);
    expect(chain.annotations).toHaveLength(16);
    expect(chain.annotationsCut).toBe(true);
    const many = Array.from({ length: limits.auditAnnotations + 1 }, (_, at) => ({
      type: 'log.annotated' as const,
      tenant: 'main',
      actors,
      details: { record: wide, note: `${at}` },
    }));
    await world.write(many, 'control-1');
    const all = await world.keeper().annotations('main', wide);
    expect(all.annotations).toHaveLength(limits.auditAnnotations);
    expect(all.annotationsCut).toBe(true);
  });
});
