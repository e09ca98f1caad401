import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { openExportBook } from '#storage/export-book/index.ts';
import { type ConfiguredSink, ExportWatch, NotesOnTheirWay, sayChanges } from './index.ts';
import type { ExportState } from './door.ts';
import { answerNote, type AskedNote } from './noted.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-export-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const sink = (name: string, digest: string): ConfiguredSink => ({
  name,
  kind: 'jsonl',
  tenant: 'main',
  form: 'record',
  place: '/x',
  digest,
});

describe('who is sent the records', () => {
  it('is on record when it is new, other or gone, once, and before it is remembered [AUD-15]', async () => {
    const told: unknown[] = [];
    const book = openExportBook(root);
    const say = async (
      sinks: readonly ConfiguredSink[],
      record = async (draft: RecordDraft): Promise<unknown> =>
        told.push([draft.type, draft.details?.['sink'], draft.details?.['change']]),
    ) => {
      told.length = 0;
      await sayChanges({ sinks, book, systemTenant: 'main', record });
      return [...told];
    };
    const full = () => Promise.reject(new Error('no room'));
    await expect(say([sink('a', '1'), sink('b', '1')], full)).rejects.toThrow('no room');
    expect(await say([sink('a', '1'), sink('b', '1')])).toEqual([
      ['export.changed', 'a', 'added'],
      ['export.changed', 'b', 'added'],
    ]);
    expect(await say([sink('a', '1'), sink('b', '1')])).toEqual([]);
    expect(await say([sink('a', '2')])).toEqual([
      ['export.changed', 'a', 'changed'],
      ['export.changed', 'b', 'removed'],
    ]);
    expect(await say([])).toEqual([['export.changed', 'a', 'removed']]);
  });
});

describe('a note on its way to the log', () => {
  const draft = { type: 'export.dead-lettered', tenant: 'main', actors: [] } as const;

  it('is over when the log has it, and a fault when it has not or nobody answers any more', async () => {
    const asked: AskedNote[] = [];
    const notes = new NotesOnTheirWay((note) => asked.push(note));
    const outcomes = [notes.put(draft), notes.put(draft), notes.put(draft)].map((one) =>
      one.then(
        () => 'there',
        (fault: unknown) => String(fault),
      ),
    );
    const [first, second] = asked;
    if (first === undefined || second === undefined) throw new Error('it was not asked');
    notes.hear(await answerNote(second, () => Promise.reject(new Error('no room'))));
    notes.hear(await answerNote(first, () => Promise.resolve()));
    notes.end();
    expect(await Promise.all(outcomes)).toEqual([
      'there',
      'Error: not on record: no room',
      'Error: not on record: the program ends',
    ]);
  });
});

describe('what is heard of the exporters', () => {
  it('says since when a sink is behind, to its own tenant, and how long nothing was said', () => {
    const clock = new ManualClock();
    const watch = new ExportWatch(clock);
    const state = (tenant: string, lag: number): ExportState => ({
      sink: `of-${tenant}`,
      kind: 'jsonl',
      tenant,
      place: '/x',
      form: 'record',
      logs: [],
      lag,
      sent: 0,
      failures: 0,
      dead: 0,
      fault: undefined,
      stuck: [],
    });
    watch.hear([state('main', 3), state('other', 0)]);
    clock.advance(5_000);
    watch.hear([state('main', 2), state('other', 1)]);
    clock.advance(1_000);
    const behind = (tenant: string) =>
      watch.health(tenant).sinks.map(({ sink: name, behindMs }) => [name, behindMs]);
    expect(behind('main')).toEqual([['of-main', 6_000]]);
    expect(behind('other')).toEqual([['of-other', 1_000]]);
    expect(watch.health('main').silentMs).toBe(1_000);
    watch.hear([state('main', 0)]);
    expect(behind('main')).toEqual([['of-main', 0]]);
  });
});
