import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  mkdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordDraft } from '#kernel/record.ts';
import { newId } from '#kernel/ids.ts';
import { prunableLogs } from '#storage/tiles/index.ts';
import { termsVersion } from './record-terms.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';

let world: IndexedWorld;
beforeEach(async () => {
  world = await createIndexedWorld();
});
afterEach(() => world.close());

const intent = (call: string, over: Partial<RecordDraft> = {}): RecordDraft =>
  draftOf('policy.intent', { call, ...over });
const bot = (name: string) => [{ kind: 'agent', name }] as const;
const file = () => join(world.root, 'index', 'main.sqlite');

describe('a question about records', () => {
  it('finds a record by each thing that it says', async () => {
    await world.write([
      intent('c-1', {
        actors: [
          { kind: 'human', name: 'meyer@acme' },
          { kind: 'human', name: 'sub-4711', person: 'ann@corp' },
          ...bot('support'),
        ],
        labels: { in: ['confidentiality:personal'], out: [] },
        details: { person: 'ada', of: ['eve'] },
      }),
      without(
        draftOf('gateway.noticed', { call: 'other', actors: bot('x') }),
        'target',
        'named',
        'decision',
        'trace',
        'lease',
        'labels',
      ),
    ]);
    const asked = [
      'agent:support',
      'user:meyer@acme',
      'actor:support',
      'subject:ada',
      'subject:eve',
      'subject:meyer@acme',
      'user:ann@corp',
      'actor:ann@corp',
      'subject:ann@corp',
      'ann@corp',
      'tool:billing/create_refund',
      'tool:billing.create_refund',
      'server:billing',
      'target:tool:billing/create_refund',
      'decision:allow',
      'policy:refunds/small',
      'policy:refunds',
      'secret:billing',
      'label:confidentiality:personal',
      `trace:${'a'.repeat(32)}`,
      'call:c-1',
      'c-1',
      'ada',
    ];
    for (const query of asked) expect(await world.calls(query), query).toEqual(['c-1']);
    for (const query of ['session:session-1', 'task:task-1', 'outcome:done', '']) {
      expect(await world.calls(query), query).toEqual(['other', 'c-1']);
    }
  });

  it('answers newest first or oldest first, over all writers, page by page, each record once', async () => {
    for (let at = 0; at < 40; at += 1) {
      const writer = at % 3 === 0 ? 'control-1' : 'gateway-1';
      await world.write([intent(`c-${at}`)], writer);
      if (at % 4 !== 0) world.clock.advance(1);
    }
    for (const newestFirst of [true, false]) {
      const all = await world.calls('agent:refund-bot', { newestFirst });
      expect(new Set(all).size).toBe(40);
      const paged: (string | undefined)[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.ask('agent:refund-bot', { newestFirst, most: 7, cursor });
        paged.push(...page.records.map(({ record }) => record.call));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(paged).toEqual(all);
    }
    const oldest = await world.calls('', { newestFirst: false, most: 1 });
    expect(oldest).toEqual(['c-0']);
  });

  it('takes alternatives, exclusions and times together', async () => {
    await world.write([intent('old', { actors: bot('a') })]);
    world.clock.advance(10 * 86_400_000);
    await world.write([
      intent('a', { actors: bot('a') }),
      intent('b', { actors: bot('b') }),
      intent('c', { actors: bot('c') }),
    ]);
    expect(await world.calls('agent:a,b since:7d')).toEqual(['b', 'a']);
    expect(await world.calls('-agent:a since:7d')).toEqual(['c', 'b']);
    expect(await world.calls('agent:a before:7d')).toEqual(['old']);
    expect(await world.calls('agent:a,b -agent:a')).toEqual(['b']);
  });

  it('keeps tenants apart', async () => {
    await world.write([intent('mine')]);
    await world.write([intent('theirs', { tenant: 'other' })]);
    expect(await world.calls('')).toEqual(['mine']);
    expect(await world.calls('', { tenant: 'other' })).toEqual(['theirs']);
    expect(
      readdirSync(join(world.root, 'index')).filter((name) => name.endsWith('.sqlite')),
    ).toEqual(['main.sqlite', 'other.sqlite']);
  });

  it('says of which logs it is complete, and up to which size', async () => {
    await world.write([intent('a'), intent('b')]);
    await world.write([intent('c')], 'control-1');
    const { reach } = await world.ask('');
    expect(reach).toMatchObject([
      { origin: 'bailiwick.local/main/standard/control-1', complete: 1, size: 1 },
      { origin: 'bailiwick.local/main/standard/gateway-1', complete: 2, size: 2 },
    ]);
    rmSync(join(world.root, 'log', 'main', 'standard', 'control-1'), { recursive: true });
    const gone = await world.ask('');
    expect(gone.reach[0]).toMatchObject({ complete: 1, size: 0 });
    expect(gone.records.map(({ record }) => record.call)).toEqual(['b', 'a']);
  });

  it('counts what there is in all, beside a page of it', async () => {
    await world.write(Array.from({ length: 30 }, (_, at) => intent(`c-${at}`)));
    const { count, records } = await world.ask('decision:allow', { counted: true, most: 5 });
    expect({ count, told: records.length }).toEqual({ count: 30, told: 5 });
  });

  it('refuses the place of another question, and what is no place', async () => {
    await world.write([intent('a'), intent('b')]);
    const { next } = await world.ask('agent:refund-bot', { most: 1 });
    for (const [query, cursor] of [
      ['agent:other', next],
      ['agent:refund-bot', 'nonsense'],
      ['agent:refund-bot', `${next}.1`],
      ['agent:refund-bot', '1.1.1.1'],
    ] as const) {
      await expect(world.ask(query, { most: 1, cursor })).rejects.toMatchObject({
        code: 'audit/query-malformed',
      });
    }
  });

  it('keeps no text of any record in its file [AUD-19]', async () => {
    const canary = 'canary-meyer-4711';
    await world.write([
      intent('c', {
        actors: [{ kind: 'human', name: canary }],
        named: canary,
        details: { person: canary },
      }),
    ]);
    expect(await world.calls(`user:${canary}`)).toEqual(['c']);
    world.reopen();
    for (const name of readdirSync(join(world.root, 'index'))) {
      const bytes = readFileSync(join(world.root, 'index', name));
      expect(bytes.includes(canary), name).toBe(false);
    }
  });
});

describe('a record that was changed on the disk', () => {
  /** Without any key: the bundle, and the tile that it is checked by. */
  const forge = async () => {
    const { bundlePath, decodeBundle, encodeTile, leafHash, tilePath } = await import(
      '#tlog/index.ts'
    );
    const folder = join(world.root, 'log', 'main', 'standard', 'gateway-1');
    const path = join(folder, bundlePath(0, 3));
    const bytes = readFileSync(path);
    // Not indexed, and as long as it was.
    bytes.write('asked by the TEST', bytes.indexOf('asked by the test', bytes.length / 2));
    writeFileSync(path, bytes);
    const hashes = decodeBundle(bytes).map(leafHash);
    writeFileSync(join(folder, tilePath(0, 0, 3)), encodeTile(hashes));
  };
  beforeEach(async () => {
    const details = { reason: { told: 'asked by the test' } };
    await world.write(['a', 'b', 'c'].map((call) => intent(call, { details })));
    expect(await world.calls('')).toEqual(['c', 'b', 'a']);
    await forge();
  });

  it.each([undefined, 'leaf', 'full'] as const)(
    'together with its tile is told to nobody (as %s), since its head was signed [AUD-20]',
    async (proven) => {
      for (const again of [false, true]) {
        if (again) world.reopen();
        await expect(world.ask('call:a', { proven })).rejects.toMatchObject({
          code: 'audit/inconsistent',
        });
      }
    },
  );

  it('is found by a check, also where nothing of what it is found by was changed', async () => {
    const { differences } = await world.keeper().check('main');
    expect(differences).toEqual([expect.stringContaining('are not those that were signed for')]);
  });
});

describe('faults of logs and files', () => {
  const bundle = (writer: string) =>
    join(world.root, 'log', 'main', 'standard', writer, 'tile', 'entries', '000.p', '1');

  it.each(['control-1', 'gateway-1'])(
    'of %s are told until it is followed again, whatever other logs do',
    async (writer) => {
      await world.write([intent('c')], 'control-1');
      await world.write([intent('g')], 'gateway-1');
      const whole = readFileSync(bundle(writer));
      rmSync(bundle(writer));
      world.keeper().step();
      expect(world.keeper().state('main').fault).toContain(`${writer}\``);
      writeFileSync(bundle(writer), whole);
      world.keeper().step();
      expect(world.keeper().state('main').fault).toBeUndefined();
    },
  );

  it('of one tenant stop no other tenant, are told, and end when what is in the way is gone', async () => {
    await world.write([intent('mine')]);
    await world.write([intent('theirs', { tenant: 'other' })]);
    mkdirSync(join(world.root, 'index', 'main.sqlite', 'in-the-way'), { recursive: true });
    for (let at = 0; at < 3; at += 1) world.keeper().step();
    expect(await world.calls('', { tenant: 'other' })).toEqual(['theirs']);
    expect(world.keeper().state('main')).toMatchObject({
      behind: 1,
      fault: expect.stringContaining('cannot be opened') as string,
    });
    expect(world.keeper().state('other').fault).toBeUndefined();
    await expect(world.calls('')).rejects.toThrow();
    world.clock.advance(20_000);
    world.keeper().step();
    // Said once, however often it is tried.
    expect(world.rebuilt).toHaveLength(1);
    rmSync(join(world.root, 'index', 'main.sqlite'), { recursive: true });
    world.clock.advance(20_000);
    expect(await world.calls('')).toEqual(['mine']);
    expect(world.keeper().state('main').fault).toBeUndefined();
  });
});

describe('the index', () => {
  it('goes on where it was, without reading the log again', async () => {
    await world.write([intent('a'), intent('b')]);
    await world.calls('');
    world.reopen();
    await world.write([intent('c')]);
    expect(await world.calls('')).toEqual(['c', 'b', 'a']);
    expect(world.keeper().state('main')).toMatchObject({ behind: 0, taken: 1, fault: undefined });
    expect(world.rebuilt).toEqual([]);
  });

  it('is made anew from the log alone when it is gone', async () => {
    await world.write([intent('a'), intent('b')]);
    const before = await world.ask('agent:refund-bot');
    world.keeper().close();
    rmSync(join(world.root, 'index'), { recursive: true });
    world.reopen();
    expect((await world.ask('agent:refund-bot')).records).toEqual(before.records);
    expect(world.rebuilt).toEqual([]);
  });

  it('is made anew when a person asks, and says so', async () => {
    await world.write([intent('a')]);
    await world.calls('');
    world.keeper().rebuild('main');
    expect(await world.calls('')).toEqual(['a']);
    expect(world.rebuilt).toEqual([{ tenant: 'main', why: 'asked for' }]);
  });

  it.each([
    ['cut off', () => truncateSync(file(), 5_000), 'torn'],
    ['no database', () => writeFileSync(file(), 'not a database at all'.repeat(500)), 'torn'],
    ['empty', () => writeFileSync(file(), ''), 'torn'],
  ])('that is %s is refused, made anew, and that is said', async (_name, spoil, why) => {
    await world.write([intent('a'), intent('b')]);
    await world.calls('');
    world.keeper().close();
    spoil();
    world.reopen();
    expect(await world.calls('agent:refund-bot')).toEqual(['b', 'a']);
    expect(world.rebuilt).toEqual([{ tenant: 'main', why }]);
  });

  it('of other terms than those of this version is refused, made anew, and that is said', async () => {
    await world.write([intent('a')]);
    await world.calls('');
    world.keeper().close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(file());
    database.exec(`UPDATE meta SET terms = ${termsVersion - 1}`);
    database.close();
    world.reopen();
    expect(await world.calls('agent:refund-bot')).toEqual(['a']);
    expect(world.rebuilt).toEqual([{ tenant: 'main', why: 'of another version' }]);
  });

  it('of another log is refused, made anew, and that is said', async () => {
    const other = await createIndexedWorld();
    try {
      await world.write([intent('mine')]);
      await other.write([intent('theirs'), intent('also theirs')]);
      await other.calls('');
      other.keeper().close();
      writeFileSync(file(), readFileSync(join(other.root, 'index', 'main.sqlite')));
      world.reopen();
      expect(await world.calls('')).toEqual(['mine']);
      // Every data folder of these worlds has the same key: the roots tell them apart, or the key does.
      expect(world.rebuilt).toHaveLength(1);
    } finally {
      other.close();
    }
  });

  it('of a log that was put back is refused, made anew, and that is said', async () => {
    await world.write([intent('a'), intent('b')]);
    await world.calls('');
    world.keeper().close();
    const longer = readFileSync(file());
    world.close();
    world = await createIndexedWorld();
    await world.write([intent('x')]);
    await world.calls('');
    world.keeper().close();
    writeFileSync(file(), longer);
    world.reopen();
    expect(await world.calls('')).toEqual(['x']);
    expect(world.rebuilt).toHaveLength(1);
  });

  it('tells nothing of records that no signed checkpoint speaks for', async () => {
    await world.write(Array.from({ length: 1_500 }, (_, at) => intent(`c-${at}`)));
    // One step is 1,024 records: what it has then is not under a checkpoint yet.
    world.keeper().step();
    expect(world.keeper().state('main')).toMatchObject({
      behind: 1_500,
      logs: [{ indexed: 1_024 }],
    });
    world.keeper().step();
    expect(world.keeper().state('main')).toMatchObject({ behind: 0 });
    expect((await world.ask('', { counted: true })).count).toBe(1_500);
  });

  it('agrees with the log by every record, and a check says so and finds what is lost', async () => {
    await world.write(Array.from({ length: 300 }, (_, at) => intent(`c-${at}`)));
    expect(await world.keeper().check('main')).toMatchObject({ records: 300, differences: [] });
    const { DatabaseSync } = await import('node:sqlite');
    world.keeper().close();
    const database = new DatabaseSync(file());
    database.exec('DELETE FROM posting WHERE ref % 256 = 7');
    database.close();
    world.reopen();
    const { differences } = await world.keeper().check('main');
    expect(differences.length).toBeGreaterThan(0);
    expect(differences[0]).toContain('record 7 of');
    expect(existsSync(file())).toBe(true);
  });
});

describe('the index of a log whose front was pruned', () => {
  it('forgets what is gone, agrees with the log, and is made anew without it [AUD-06]', async () => {
    await world.write(Array.from({ length: 700 }, (_, at) => intent(at === 7 ? 'gone' : 'kept')));
    const found = async () => [
      (await world.calls('call:gone')).length,
      (await world.ask('call:kept', { counted: true })).count,
    ];
    expect(await found()).toEqual([1, 699]);
    const [log] = prunableLogs(join(world.root, 'log'), world.publicKey);
    await log?.prune({
      to: 256,
      record: newId(world.clock.now()),
      now: world.clock.now(),
      keptUntil: () => 0,
      elsewhereUntil: async () => undefined,
    });
    expect(await found()).toEqual([0, 444]);
    expect(await world.keeper().check('main')).toMatchObject({ records: 700, differences: [] });
    world.reopen();
    expect(await found()).toEqual([0, 444]);
    world.keeper().rebuild('main');
    expect(await found()).toEqual([0, 444]);
    expect(await world.keeper().check('main')).toMatchObject({ records: 700, differences: [] });
    expect(world.rebuilt).toEqual([{ tenant: 'main', why: 'asked for' }]);
  });
});
