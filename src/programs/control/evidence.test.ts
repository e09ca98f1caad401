import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordDraft } from '#kernel/record.ts';
import {
  createEvidence,
  type Evidence,
  parseEvidencePolicy,
  reports,
} from '#planes/evidence/index.ts';
import { openEvidencePlace } from '#storage/evidence/index.ts';
import { logVkey, signedLine, signNote } from '#tlog/index.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { checkPack } from '../../cli/evidence/check-pack.ts';

const day = 86_400_000;
const origin = 'bailiwick.local/main/evidence/control-1';
let world: IndexedWorld;
let folder = '';
let recorded: RecordDraft[] = [];
let failing: string | undefined;
let onRecord: () => void = () => undefined;
beforeEach(async () => {
  world = await createIndexedWorld();
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-evidence-'));
  [recorded, failing, onRecord] = [[], undefined, () => undefined];
  world.clock.advance(Date.parse('2026-11-02T09:00:00Z') - world.clock.now());
});
afterEach(() => {
  world.close();
  rmSync(folder, { recursive: true, force: true });
});

const key = () => logVkey('bailiwick.local/main/standard/control-1', world.publicKey);

/** As control has it, over true logs, a true index and a true folder. */
function evidenceOf(lines: string): Evidence {
  return createEvidence({
    policy: parseEvidencePolicy(lines, (name) => join(folder, name)),
    tenant: 'main',
    writer: 'control-1',
    clock: world.clock,
    placeAt: openEvidencePlace,
    ask: ({ query, cursor }) =>
      world.ask(query, { cursor, most: 3, newestFirst: false, proven: 'full', annotated: true }),
    verify: (note) => signedLine(note, origin, [logVkey(origin, world.publicKey)]),
    sign: (facts) => signNote(`${origin}\n${facts}\n`, origin, world.signer),
    recorder: {
      async record(draft) {
        if (failing !== undefined) throw new Error(failing);
        recorded.push(draft);
        onRecord();
      },
    },
  });
}

/** Some of all that a company does in a day. */
async function aDay(): Promise<void> {
  const bare = without(draftOf('stop.set'), 'wouldHave', 'lease', 'approval', 'task');
  const { refusal: _, ...stop } = { refusal: undefined, ...bare };
  const refused = without(draftOf('gateway.refused'), 'wouldHave', 'lease', 'approval', 'task');
  await world.write([stop, ...Array.from({ length: 4 }, () => refused)]);
  await world.write([draftOf('approval.approved')], 'control-1');
}

const periods = (pack: string) =>
  existsSync(join(folder, 'out', pack)) ? readdirSync(join(folder, 'out', pack)).sort() : [];
const pack = (period: string) => join(folder, 'out/board', period);
const every = `pack board daily out ${Object.keys(reports).join(' ')}`;
const filesOf = (place: string) =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

describe('evidence on a schedule', () => {
  it('is a pack for each day that ended, made by itself, on record before it is there, and proved by a public key alone [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    const evidence = evidenceOf(every);
    await aDay();
    await evidence.look();
    // The day before, of which nothing is known.
    expect(periods('board')).toEqual(['day-2026-11-01']);
    world.clock.advance(day);
    await aDay();
    await evidence.look();
    expect(periods('board')).toEqual(['day-2026-11-01', 'day-2026-11-02']);
    const checked = await checkPack(pack('day-2026-11-02'), [key()]);
    expect(checked).toMatchObject({ problems: [], reports: Object.keys(reports).length });
    const list = JSON.parse(readFileSync(join(pack('day-2026-11-02'), 'pack.json'), 'utf8'));
    expect(list).toMatchObject({
      from: '2026-11-02T00:00:00.000Z',
      to: '2026-11-03T00:00:00.000Z',
      reports: {
        stops: { records: 1, types: { 'stop.set': 1 } },
        refused: { records: 4 },
        overrides: { records: 1 },
        everything: { records: 6 },
      },
    });
    expect(recorded.map(({ type, details }) => [type, details?.['from']])).toEqual([
      ['log.evidence-made', '2026-11-01T00:00:00.000Z'],
      ['log.evidence-made', '2026-11-02T00:00:00.000Z'],
    ]);
    expect(evidence.health()).toEqual({
      packs: [{ name: 'board', newest: 'day-2026-11-02', due: 0 }],
      problems: [],
    });
    // Nothing is made twice.
    await evidence.look();
    expect(recorded).toHaveLength(2);
  });

  it('does not hold with one byte flipped in any file, one file gone, one added, or under a key of somebody else [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    await aDay();
    world.clock.advance(day);
    await evidenceOf('pack board daily out stops refused').look();
    const place = pack('day-2026-11-02');
    const files = filesOf(place);
    expect(files.length).toBeGreaterThanOrEqual(10);
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 2]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        writeFileSync(file, flipped);
        expect((await checkPack(place, [key()])).problems, `${file} at ${at}`).not.toEqual([]);
      }
      rmSync(file);
      expect((await checkPack(place, [key()])).problems, file).not.toEqual([]);
      writeFileSync(file, bytes);
    }
    writeFileSync(join(place, 'stops/more.jsonl'), '');
    expect((await checkPack(place, [key()])).problems).toEqual([
      '`stops/more.jsonl` is not on the list',
    ]);
    rmSync(join(place, 'stops/more.jsonl'));
    expect((await checkPack(place, [key()])).problems).toEqual([]);
    const other = logVkey('bailiwick.local/main/standard/control-1', Buffer.alloc(32, 7));
    expect((await checkPack(place, [other])).problems).not.toEqual([]);
    expect((await checkPack(place, [])).problems).not.toEqual([]);
  });

  it('is made up after an outage, day by day, each of its own records [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    await evidenceOf('pack board daily out stops').look();
    for (let nth = 0; nth < 4; nth += 1) {
      await aDay();
      world.clock.advance(day);
    }
    // Another life of control.
    const evidence = evidenceOf('pack board daily out stops');
    await evidence.look();
    expect(periods('board')).toEqual([1, 2, 3, 4, 5].map((nth) => `day-2026-11-0${nth}`));
    for (const nth of [2, 3, 4, 5]) {
      const { records, problems } = await checkPack(pack(`day-2026-11-0${nth}`), [key()]);
      expect({ records, problems }).toEqual({ records: 1, problems: [] });
    }
  });

  it('is said to be missing while its folder is away or its making cannot be recorded, and tried again; others are made [AUD-22]', async () => {
    mkdirSync(join(folder, 'there'));
    const evidence = evidenceOf('pack board daily out stops\npack audit weekly there refused');
    await evidence.look();
    expect(evidence.health().problems.join()).toContain('is not there');
    expect(readdirSync(join(folder, 'there/audit'))).toEqual(['week-2026-10-26']);
    mkdirSync(join(folder, 'out'));
    failing = 'no room for records';
    await evidence.look();
    expect(evidence.health().problems).toHaveLength(1);
    world.clock.advance(3_600_000);
    await evidence.look();
    expect(evidence.health().problems).toEqual(['board: no room for records']);
    // Nothing that is not on record, and nothing half.
    expect(periods('board')).toEqual([]);
    expect(evidence.health().packs[0]).toMatchObject({ due: 1, newest: undefined });
    failing = undefined;
    world.clock.advance(3_600_000);
    await evidence.look();
    expect(evidence.health().problems).toEqual([]);
    expect(periods('board')).toEqual(['day-2026-11-01']);
  });

  it('counts as made by a signed note of its own period alone: red is what lies ahead of now, or in its place [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    const evidence = evidenceOf('pack board daily out stops');
    await evidence.look();
    mkdirSync(pack('day-2030-01-01'));
    writeFileSync(join(pack('day-2030-01-01'), 'pack.note'), 'x');
    world.clock.advance(day);
    await evidence.look();
    // What is due is made all the same.
    expect(periods('board')).toContain('day-2026-11-02');
    expect(evidence.health().packs).toMatchObject([{ newest: 'day-2026-11-02', due: 0 }]);
    expect(evidence.health().problems).toEqual([
      'board: `day-2030-01-01` of a period that has not ended: set the clock right, or move it away',
    ]);
    rmSync(pack('day-2030-01-01'), { recursive: true });
    await evidence.look();
    expect(evidence.health().problems).toEqual([]);
    const before = readFileSync(join(pack('day-2026-11-02'), 'pack.note'));
    // Empty, of another day, of another key, too long, a folder.
    const other = signNote(
      `${origin}
{}
`,
      origin,
      world.signer,
    );
    const stranger = before.toString().replaceAll('control-1', 'control-2');
    for (const note of [
      '',
      pack('day-2026-11-01'),
      other,
      stranger,
      'x'.repeat(70_000),
      'folder',
    ]) {
      const path = join(pack('day-2026-11-02'), 'pack.note');
      rmSync(path, { recursive: true });
      if (note === 'folder') mkdirSync(path);
      else if (note.startsWith('/')) copyFileSync(join(note, 'pack.note'), path);
      else writeFileSync(path, note);
      world.clock.advance(3_600_000);
      await evidence.look();
      expect(evidence.health().packs).toMatchObject([{ newest: 'day-2026-11-01', due: 1 }]);
      expect(evidence.health().problems.join()).toContain('is taken');
    }
    expect(recorded).toHaveLength(2);
    rmSync(pack('day-2026-11-02'), { recursive: true });
    // A file where a pack should be.
    writeFileSync(pack('day-2026-11-02'), '');
    world.clock.advance(3_600_000);
    await evidence.look();
    expect(evidence.health().problems.join()).toContain('is taken');
    rmSync(pack('day-2026-11-02'));
    world.clock.advance(3_600_000);
    await evidence.look();
    expect(evidence.health()).toMatchObject({ packs: [{ due: 0 }], problems: [] });
  });

  it('is on record once, however often its place is taken or its name refused, and told what to do [AUD-22]', async () => {
    mkdirSync(pack('day-2026-11-01'), { recursive: true });
    writeFileSync(join(pack('day-2026-11-01'), 'notes.txt'), 'of somebody');
    const evidence = evidenceOf('pack board daily out stops');
    const lookOften = async () => {
      for (let nth = 0; nth < 5; nth += 1) {
        await evidence.look();
        world.clock.advance(3_600_000);
      }
    };
    await lookOften();
    expect(recorded).toEqual([]);
    expect(evidence.health().problems.join()).toContain('move it away');
    expect(periods('board')).toEqual(['day-2026-11-01']);
    rmSync(pack('day-2026-11-01'), { recursive: true });
    // Taken between the record and the name.
    const taken = () => mkdirSync(join(pack('day-2026-11-01'), 'x'), { recursive: true });
    onRecord = taken;
    await lookOften();
    expect(recorded).toHaveLength(1);
    expect(evidence.health().problems.join()).toContain('is taken');
    rmSync(pack('day-2026-11-01'), { recursive: true });
    await evidence.look();
    expect(recorded).toHaveLength(1);
    expect(evidence.health()).toMatchObject({ problems: [], packs: [{ due: 0 }] });
    expect((await checkPack(pack('day-2026-11-01'), [key()])).problems).toEqual([]);
    // What was taken away meanwhile is made anew, and on record again.
    world.clock.advance(day);
    onRecord = () => mkdirSync(join(pack('day-2026-11-02'), 'x'), { recursive: true });
    await evidence.look();
    rmSync(`${pack('day-2026-11-02')}.partial`, { recursive: true });
    rmSync(pack('day-2026-11-02'), { recursive: true });
    onRecord = () => undefined;
    world.clock.advance(3_600_000);
    await evidence.look();
    expect(recorded).toHaveLength(3);
    expect((await checkPack(pack('day-2026-11-02'), [key()])).problems).toEqual([]);
  });

  it('has a note that is told in words of its own [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    await evidenceOf('pack board daily out stops').look();
    const other = logVkey('bailiwick.local/main/standard/control-1', Buffer.alloc(32, 7));
    const { problems } = await checkPack(pack('day-2026-11-01'), [other]);
    expect(problems).toContain(
      '`pack.note`: it is no whole note, or not signed by a key that was given',
    );
    expect(problems.join()).not.toContain('backup');
  });

  it('that a killed run left half is taken away and made again [AUD-22]', async () => {
    mkdirSync(`${pack('day-2026-11-01')}.partial/stops`, { recursive: true });
    writeFileSync(`${pack('day-2026-11-01')}.partial/stops/records.jsonl`, 'half');
    await evidenceOf('pack board daily out stops').look();
    expect(periods('board')).toEqual(['day-2026-11-01']);
    expect((await checkPack(pack('day-2026-11-01'), [key()])).problems).toEqual([]);
  });

  it('is of the logs alone: without application logs, index and all else, every report is the same, byte for byte [AUD-04]', async () => {
    mkdirSync(join(folder, 'out'));
    // What programs write for whoever runs them, and what is derived.
    writeFileSync(join(world.root, 'control.stdout.log'), 'a line of control\n');
    mkdirSync(join(world.root, 'run'));
    writeFileSync(join(world.root, 'run/gateway.log'), 'a line of a gateway\n');
    await aDay();
    world.clock.advance(day);
    await evidenceOf(every).look();
    const names = filesOf(folder);
    expect(names.length).toBeGreaterThan(Object.keys(reports).length * 2);
    const before = names.map((name) => readFileSync(name, 'utf8'));
    expect(before.join('').length).toBeGreaterThan(20_000);
    rmSync(join(folder, 'out/board'), { recursive: true });
    for (const name of readdirSync(world.root)) {
      if (name !== 'log') rmSync(join(world.root, name), { recursive: true });
    }
    expect(readdirSync(world.root)).toEqual(['log']);
    world.reopen();
    await evidenceOf(every).look();
    expect(filesOf(folder)).toEqual(names);
    expect(names.map((name) => readFileSync(name, 'utf8'))).toEqual(before);
  });
});
