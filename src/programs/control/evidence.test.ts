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
import type { LegalHold } from '#contracts/hold-book.ts';
import type { RetentionEntry } from '#contracts/retention.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import {
  createEvidence,
  type Evidence,
  packRetention,
  parseEvidencePolicy,
  reports,
} from '#planes/evidence/index.ts';
import { openEvidencePlace } from '#storage/evidence/index.ts';
import { logVkey, signedLine, signNote } from '#tlog/index.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { logVerdict } from '../../cli/audit/log-verdict.ts';
import { checkPack } from '../../cli/evidence/check-pack.ts';

const day = 86_400_000;
const origin = 'bailiwick.local/main/evidence/control-1';
let world: IndexedWorld;
let folder = '';
let recorded: RecordDraft[] = [];
let failing: string | undefined;
let onRecord: () => void = () => undefined;
let retentions: Record<string, RetentionEntry> = {};
let held: LegalHold[] = [];
beforeEach(async () => {
  world = await createIndexedWorld();
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-evidence-'));
  [recorded, failing, onRecord] = [[], undefined, () => undefined];
  [retentions, held] = [{}, []];
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
    ask: ({ query, cursor, bare = false, newestFirst = false }) =>
      world.ask(query, {
        cursor,
        most: 3,
        newestFirst,
        ...(bare ? {} : { proven: 'full', annotated: true }),
      }),
    verdict: () => {
      const logs = { logRoot: join(world.root, 'log'), ratchet: undefined, tenant: 'main' };
      return Promise.resolve(logVerdict({ ...logs, keys: [key()], witnesses: [], quorum: 1 }));
    },
    retention: () => packRetention({ retentions } as Partial<TenantSnapshot> as TenantSnapshot),
    holds: { over: () => Promise.resolve(held) },
    rest: () => Promise.resolve(),
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

const system = [{ kind: 'system', name: 'system/config' }] as const;
/** A configuration comes into force, with these rules by document. */
const inForce = (snapshot: string, documents: Record<string, readonly string[]>) => {
  const policies = Object.entries(documents).map(([name, rules]) => {
    return { name, digest: name.padEnd(64, '0'), rules: [...rules] };
  });
  const details = { number: 1, policies };
  return world.write([
    { type: 'config.applied', tenant: 'main', actors: system, snapshot, details },
  ]);
};
/** A call is decided, by these rules of that configuration. */
const decided = (snapshot: string, rules: readonly string[], target = 'tool:billing/pay') => {
  const bare = without(draftOf('policy.intent'), 'wouldHave', 'lease', 'approval', 'task');
  const { decision, target: one, ...intent } = bare;
  if (decision === undefined || one === undefined) throw new Error('the draft has neither');
  const facts = { snapshot, decision: { ...decision, rules }, target: { ...one, target } };
  return world.write([{ ...intent, ...facts }]);
};
const reportIn = (period: string, name: string) =>
  JSON.parse(readFileSync(join(pack(period), name, 'report.json'), 'utf8'));

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

  it('says which rules were in force, which led to what and which to nothing, and what none was about [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    await inForce('d0', { pay: ['pay/old'], read: ['read/all'] });
    world.clock.advance(day);
    await decided('d0', ['read/all']);
    await inForce('d1', { pay: ['pay/small', 'pay/large'], read: ['read/all'] });
    await decided('d1', ['pay/small']);
    await decided('d1', ['pay/small', 'read/all']);
    await decided('d1', [], 'tool:billing/close');
    await decided('d1', ['gate/unlisted']);
    await decided('d9', ['pay/small']);
    await world.write([without(draftOf('gateway.refused'), 'decision', 'wouldHave', 'lease')]);
    world.clock.advance(day);
    await evidenceOf('pack board daily out stops').look();
    const named = (name: string, times: number) => ({ name, times });
    const digest = (name: string) => name.padEnd(64, '0');
    expect(reportIn('day-2026-11-03', 'coverage')).toEqual({
      form: 'bailiwick-coverage/1',
      from: '2026-11-03T00:00:00.000Z',
      to: '2026-11-04T00:00:00.000Z',
      decisions: 6,
      refusedBeforeAnyRule: 1,
      rules: 4,
      documents: expect.arrayContaining([
        { name: 'pay', digest: digest('pay'), used: expect.any(Array) },
        { name: 'read', digest: digest('read'), used: [named('read/all', 2)] },
      ]),
      neverUsed: ['pay/large', 'pay/old'].map((rule) => {
        return { document: 'pay', digest: digest('pay'), rule };
      }),
      byNoRule: [named('tool:billing/close', 1)],
      ofNoDocument: [named('gate/unlisted', 1), named('pay/small', 1)],
      unrecorded: [named('d9', 1)],
      cut: false,
    });
  });

  it('has what verify says of the logs, also where they do not hold [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    await aDay();
    world.clock.advance(day);
    await evidenceOf('pack board daily out stops').look();
    expect(reportIn('day-2026-11-02', 'verdict')).toMatchObject({
      form: 'bailiwick-verdict/1',
      status: 'consistent',
      logs: [{ log: 'main/standard/control-1', size: 1 }, { log: 'main/standard/gateway-1' }],
      findings: [],
    });
    const whole = await checkPack(pack('day-2026-11-02'), [key()]);
    expect(whole).toMatchObject({ verdict: 'consistent', problems: [] });
    // A log of which one tile is another.
    const log = join(world.root, 'log/main/standard/gateway-1');
    const [bundle = ''] = filesOf(log).filter((name) => name.includes('/tile/entries/'));
    const bytes = readFileSync(bundle);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    world.clock.advance(day);
    const evidence = evidenceOf('pack board daily out stops');
    rmSync(bundle);
    writeFileSync(bundle, bytes);
    await evidence.look();
    expect(reportIn('day-2026-11-03', 'verdict')).toMatchObject({ status: 'inconsistent' });
    const told = await checkPack(pack('day-2026-11-03'), [key()]);
    expect(told).toMatchObject({ verdict: 'inconsistent', problems: [] });
  });

  it('is made when somebody asks, up to now, on record by whom, and counts for none that is due [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    const evidence = evidenceOf('pack board daily out stops');
    await evidence.look();
    await aDay();
    world.clock.advance(1_000);
    const by = { tenant: 'main', name: 'ann', roles: ['auditor'] } as const;
    const made = await evidence.make({ by, name: 'board', since: undefined });
    expect(made).toEqual({
      pack: 'board',
      period: 'asked-2026-11-02t090001z',
      from: '2026-11-02T00:00:00.000Z',
      to: '2026-11-02T09:00:01.000Z',
      records: 1,
    });
    expect(await checkPack(pack(made.period), [key()])).toMatchObject({ records: 1, problems: [] });
    expect(recorded.at(-1)).toMatchObject({
      type: 'log.evidence-made',
      actors: [{ kind: 'human', name: 'ann' }],
      details: { pack: 'board', asked: made.period },
    });
    world.clock.advance(day);
    await evidence.look();
    expect(periods('board')).toContain('day-2026-11-02');
    const wish = { by, name: 'board', since: undefined };
    const codes = [
      evidence.make({ ...wish, name: 'bored' }),
      evidence.make({ ...wish, by: { ...by, roles: [] } }),
      evidence.make({ ...wish, by: { ...by, tenant: 'other' } }),
      evidence.make({ ...wish, since: world.clock.now() + day }),
    ].map((asked) => asked.catch((fault: { code?: string }) => fault.code));
    for (const code of await Promise.all(codes))
      expect(['api/not-found', 'api/forbidden', 'api/invalid', 'store/conflict']).toContain(code);
    // One at a time, and so many in all.
    const [one, other] = await Promise.allSettled([evidence.make(wish), evidence.make(wish)]);
    expect([one?.status, other?.status]).toEqual(['fulfilled', 'rejected']);
    for (let nth = 0; nth < 64; nth += 1) {
      const time = `10${String(nth % 60).padStart(2, '0')}${String(nth % 59).padStart(2, '0')}`;
      mkdirSync(join(folder, 'out/board', `asked-2026-01-01t${time}z`), { recursive: true });
    }
    world.clock.advance(1_000);
    await expect(evidence.make(wish)).rejects.toMatchObject({ code: 'store/conflict' });
  });

  it('is removed when a document that names packs says so, on record before, and not while it is promised, held or the newest [AUD-22]', async () => {
    mkdirSync(join(folder, 'out'));
    const evidence = evidenceOf('pack board daily out stops');
    const keep = (minimumDays: number, maximumDays: number, classes?: readonly string[]) => {
      const times = { minimumMs: minimumDays * day, maximumMs: maximumDays * day };
      const one = { name: 'year', profile: 'custom', basis: 'b', ...times };
      retentions = { year: classes === undefined ? one : { ...one, classes } };
    };
    const looked = async (days: number) => {
      world.clock.advance(days * day);
      await evidence.look();
      return periods('board');
    };
    await aDay();
    keep(4, 5, ['evidence']);
    const first = await looked(0);
    // Of a document over all logs none goes.
    keep(1, 1);
    expect(await looked(1)).toEqual([...first, 'day-2026-11-02']);
    // The first was promised four days, whatever is said since.
    keep(1, 1, ['evidence']);
    expect(await looked(2)).toContain('day-2026-11-01');
    held = [{ id: 'h' } as unknown as LegalHold];
    expect(await looked(2)).toContain('day-2026-11-01');
    held = [];
    recorded = [];
    // What nobody signed here stays.
    const strange = join(folder, 'out/board/day-2020-01-01');
    mkdirSync(strange);
    writeFileSync(join(strange, 'pack.note'), 'x');
    failing = 'no room for records';
    expect(await looked(0)).toContain('day-2026-11-01');
    failing = undefined;
    world.clock.advance(3_600_000);
    expect(await looked(0)).toEqual(['day-2020-01-01', 'day-2026-11-06']);
    expect(recorded.map(({ type, details }) => [type, details?.['period']])[0]).toEqual([
      'log.evidence-removed',
      'day-2026-11-01',
    ]);
    expect(recorded[0]?.details).toMatchObject({ by: ['year'], manifest: expect.any(String) });
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
    await inForce('d1', { pay: ['pay/small', 'pay/large'] });
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
