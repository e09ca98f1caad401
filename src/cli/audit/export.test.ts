import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import type { CommandInput } from '../command.ts';
import { createOutput } from '../output.ts';
import { auditCheckBundle, checkBundle } from './check-bundle.ts';
import { csvCell } from './csv.ts';
import { auditExport } from './export.ts';
import { fileDigest } from './export-files.ts';

let world: IndexedWorld;
let folder: string;
let pages: number;
beforeEach(async () => {
  world = await createIndexedWorld();
  folder = mkdtempSync(join(tmpdir(), 'export-'));
  pages = 0;
});
afterEach(() => {
  world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The route, with pages of three; after `most` of them nobody answers any more. */
function input(words: readonly string[], flags: CommandInput['flags'], most = 1_000): CommandInput {
  return {
    words,
    flags,
    out: createOutput('json', () => undefined),
    request: async (_method, path) => {
      pages += 1;
      if (pages > most) throw new Error('the line is cut');
      const query = new URL(path, 'http://x').searchParams;
      const { records, ...more } = await world.ask(query.get('q') ?? '', {
        newestFirst: query.get('order') !== 'oldest',
        most: 3,
        cursor: query.get('cursor') ?? undefined,
        proven: query.get('proofs') === 'full' ? 'full' : 'leaf',
        annotated: true,
      });
      return JSON.parse(JSON.stringify({ ...more, entries: records })) as JsonObject;
    },
    dataFolder: folder,
    home: folder,
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
}

const seed = (count: number) =>
  world.write(
    Array.from({ length: count }, (_, at) => draftOf('policy.intent', { call: `c-${at}` })),
  );
const lines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('an export', () => {
  it('has every record that the query finds, oldest first, as JSON lines', async () => {
    await seed(10);
    const to = join(folder, 'out.jsonl');
    await auditExport.run(input(['agent:refund-bot'], { to }));
    const calls = lines(to).map(
      (line) => (JSON.parse(line) as { record: JsonObject }).record['call'],
    );
    expect(calls).toEqual(Array.from({ length: 10 }, (_, at) => `c-${at}`));
    expect(existsSync(`${to}.progress`)).toBe(false);
  });

  it('goes on where it was cut off, and has no record twice', async () => {
    await seed(10);
    const to = join(folder, 'out.jsonl');
    await expect(async () => auditExport.run(input([''], { to }, 2))).rejects.toThrow('cut');
    // A page that was half written when it was killed.
    appendFileSync(to, '{"half":');
    await expect(async () =>
      auditExport.run(input(['agent:other'], { to }, 10)),
    ).rejects.toMatchObject({ code: 'cli/usage' });
    await auditExport.run(input([''], { to }));
    expect(lines(to)).toHaveLength(10);
    await expect(async () => auditExport.run(input([''], { to }))).rejects.toMatchObject({
      code: 'cli/usage',
    });
  });

  it('as a bundle that is killed behind its last page, before it is finished, has no record twice', async () => {
    await seed(10);
    const to = join(folder, 'case');
    // All pages are there, and what finishes it cannot be written.
    mkdirSync(join(to, 'keys.txt'), { recursive: true });
    await expect(async () =>
      auditExport.run(input([], { to, format: 'bundle' })),
    ).rejects.toThrow();
    expect(lines(join(to, 'records.jsonl'))).toHaveLength(10);
    rmSync(join(to, 'keys.txt'), { recursive: true });
    await auditExport.run(input([], { to, format: 'bundle' }));
    expect(lines(join(to, 'records.jsonl'))).toHaveLength(10);
    expect(await checkBundle(to, [])).toEqual({ records: 10, problems: [] });
  });

  it('as parquet that is cut off goes on, and has each record once', async () => {
    await seed(10);
    const to = join(folder, 'records');
    const flags = { to, format: 'parquet' };
    await expect(async () => auditExport.run(input([], flags, 2))).rejects.toThrow('cut');
    await auditExport.run(input([], flags));
    const parts = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.parquet'),
    );
    expect(parts).toHaveLength(1);
    const file = await asyncBufferFromFile(join(to, parts[0] ?? ''));
    const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };
    const rows = await parquetReadObjects({ file, compressors });
    expect(rows.map(({ call }) => call as string)).toEqual(
      Array.from({ length: 10 }, (_, at) => `c-${at}`),
    );
    await expect(async () => auditExport.run(input([], flags))).rejects.toMatchObject({
      code: 'cli/usage',
    });
  });

  it.each(['jsonl', 'csv', 'bundle'])(
    'as %s that is killed in its first page goes on, and one of an earlier version begins anew',
    async (format) => {
      await seed(4);
      const to = join(folder, 'out');
      const records = format === 'bundle' ? join(to, 'records.jsonl') : to;
      const progress = format === 'bundle' ? join(to, 'progress') : `${to}.progress`;
      await expect(async () => auditExport.run(input([], { to, format }, 0))).rejects.toThrow(
        'cut',
      );
      appendFileSync(records, 'half a li');
      await auditExport.run(input([], { to, format }));
      expect(lines(records)).toHaveLength(format === 'csv' ? 5 : 4);
      const size = readFileSync(records).length;
      const end = { question: `${format} `, next: null, records: 4, sizes: { records: size } };
      writeFileSync(progress, JSON.stringify(end));
      await auditExport.run(input([], { to, format }));
      expect(lines(records)).toHaveLength(format === 'csv' ? 5 : 4);
    },
  );

  it('as a bundle names what checks it, and holds no verifier that could not', async () => {
    await seed(3);
    const to = join(folder, 'case');
    await auditExport.run(input([], { to, format: 'bundle' }));
    expect(existsSync(join(to, 'verify.mjs'))).toBe(false);
    expect(JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8'))).toMatchObject({
      checkedBy: 'bailiwick audit check-bundle FOLDER --keys FILE',
    });
  });

  it('as a bundle of nothing is checked too, and is said to prove nothing', async () => {
    const ids = await seed(1);
    const to = join(folder, 'empty');
    await auditExport.run(input(['agent:nobody'], { to, format: 'bundle' }));
    expect(await checkBundle(to, [])).toEqual({ records: 0, problems: [] });
    const told: string[] = [];
    const out = createOutput('table', (text) => told.push(text));
    expect(await auditCheckBundle.run({ ...input([to], {}), out })).toBe(2);
    expect(told.join('')).toMatch(
      /^0 records, so there is nothing that it proves\nconsistent with/,
    );
    // Whoever takes all records out of another one has not made an empty one of it.
    const other = join(folder, 'other');
    await auditExport.run(input([`call:c-0`], { to: other, format: 'bundle' }));
    expect((await checkBundle(other, [])).records).toBe(ids.length);
    for (const name of ['records', 'proofs']) rmSync(join(other, `${name}.jsonl`));
    expect((await checkBundle(other, [])).problems).toContain(
      'the manifest says another number of records',
    );
  });

  it('as a bundle that has a record twice is refused by its check', async () => {
    await seed(3);
    const to = join(folder, 'case');
    await auditExport.run(input([], { to, format: 'bundle' }));
    for (const name of ['records.jsonl', 'proofs.jsonl']) {
      const path = join(to, name);
      appendFileSync(path, `${lines(path)[1]}\n`);
    }
    const manifest = JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8')) as JsonObject;
    const files = Object.fromEntries(
      Object.keys(manifest['files'] as JsonObject).map((name) => [
        name,
        fileDigest(join(to, name)),
      ]),
    );
    writeFileSync(join(to, 'manifest.json'), JSON.stringify({ ...manifest, records: 4, files }));
    expect((await checkBundle(to, [])).problems).toEqual(['line 4: this record was there before']);
  });

  it('as CSV has no cell that a spreadsheet takes for a formula', async () => {
    await world.write([
      draftOf('policy.intent', { named: '=HYPERLINK("http://evil")', call: 'a,b"c' }),
    ]);
    const to = join(folder, 'out.csv');
    await auditExport.run(input([], { to, format: 'csv' }));
    const [header, row] = lines(to);
    expect(header?.split(',')).toContain('actors');
    expect(row).toContain('"\'=HYPERLINK(""http://evil"")"');
    expect(row).toContain('"a,b""c"');
    for (const start of [
      '=',
      '+',
      '-',
      '@',
      '\t=',
      '\r',
      ' =1',
      '\u00a0=1',
      '\uff1d1',
      '|x',
      '%0a',
    ]) {
      expect(csvCell(`${start}1`), start).toMatch(/^"'/);
    }
    expect(csvCell('plain')).toBe('"plain"');
  });

  const annotate = (details: JsonObject) =>
    world.write(
      [
        {
          type: 'log.annotated',
          tenant: 'main',
          actors: [{ kind: 'human', name: 'ann' }],
          details,
        },
      ],
      'control-1',
    );

  it('tells what was said later behind what it is about, marked, and never as a record that was asked for [AUD-20]', async () => {
    const ids = await seed(4);
    const [said = ''] = await annotate({ record: ids[0] ?? '', note: '=cmd()\u202e, "here"' });
    const [ofTask = ''] = await annotate({ task: 'task-1', note: 'INC-17' });
    const to = join(folder, 'out');
    await auditExport.run(input(['agent:refund-bot'], { to: `${to}.jsonl` }));
    const told = lines(`${to}.jsonl`).map((line) => JSON.parse(line) as JsonObject);
    const shape = told.map(({ annotates, record }) => [
      (record as JsonObject)['type'],
      (record as JsonObject)['id'],
      annotates,
    ]);
    // Pages of three; what is about the task is told once, though both pages have of it.
    expect(shape).toEqual([
      ['policy.intent', ids[0], undefined],
      ['policy.intent', ids[1], undefined],
      ['policy.intent', ids[2], undefined],
      ['log.annotated', said, { kind: 'record', id: ids[0] }],
      ['log.annotated', ofTask, { kind: 'task', id: 'task-1' }],
      ['policy.intent', ids[3], undefined],
    ]);
    await auditExport.run(input(['agent:refund-bot'], { to: `${to}.csv`, format: 'csv' }));
    const rows = lines(`${to}.csv`);
    expect(rows[0]?.trimEnd()).toMatch(/,log,index,annotates,withdrawnBy$/);
    expect(rows.map((row) => row.trimEnd().split(',').at(-2))).toEqual([
      'annotates',
      '""',
      '""',
      '""',
      `"${ids[0] ?? ''}"`,
      '"task-1"',
      '""',
    ]);
    expect(rows[4]).toContain('""here');
  });

  it('as a bundle proves what was said later too, and every edit of it is found [AUD-20]', async () => {
    const ids = await seed(4);
    await annotate({ record: ids[1] ?? '', note: 'here it began' });
    await annotate({ task: 'task-1', note: 'INC-17' });
    const to = join(folder, 'case');
    await auditExport.run(input(['agent:refund-bot'], { to, format: 'bundle' }));
    const keys = lines(join(to, 'keys.txt'));
    expect(await checkBundle(to, keys)).toEqual({ records: 4, problems: [] });
    const manifest = JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8')) as JsonObject;
    expect(manifest).toMatchObject({ records: 4, annotations: 2, annotationsCut: false });
    const file = join(to, 'annotations.jsonl');
    const whole = readFileSync(file, 'utf8');
    const problemsOf = async (text: string) => {
      writeFileSync(file, text);
      return (await checkBundle(to, keys)).problems.slice(1);
    };
    expect(await problemsOf(whole.replace('INC-17', 'INC-18'))).toEqual([
      expect.stringMatching(/^annotation 2: /),
    ]);
    expect(await problemsOf(whole.replace(`{"id":"${ids[1]}"`, `{"id":"${ids[2]}"`))).toEqual([
      'annotation 1: it is about something else than it says',
    ]);
    expect(await problemsOf(whole.split('\n').slice(1).join('\n'))).toEqual([
      'the manifest says another number of annotations',
    ]);
    expect(await problemsOf(whole)).toEqual([]);
  });

  it('as a bundle proves each record from the folder and a key alone, and every edit is found [AUD-20]', async () => {
    await seed(8);
    await world.write([draftOf('approval.approved', { call: 'ü\u2028\u2029\u0085' })], 'control-1');
    const to = join(folder, 'case');
    await auditExport.run(input([], { to, format: 'bundle' }));
    expect(await checkBundle(to, [])).toEqual({ records: 9, problems: [] });
    const keys = lines(join(to, 'keys.txt'));
    expect(keys).toHaveLength(2);
    expect(await auditCheckBundle.run(input([to], { key: keys }))).toBe(0);
    // One key of an installation is enough for all of its logs; without any it is the bundle's own word.
    expect(await auditCheckBundle.run(input([to], { key: keys.slice(0, 1) }))).toBe(0);
    expect(await auditCheckBundle.run(input([to], {}))).toBe(2);

    const file = join(to, 'records.jsonl');
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.replace('c-3', 'c-4'));
    const { problems } = await checkBundle(to, keys);
    expect(problems).toEqual([
      '`records.jsonl` is not what the manifest says',
      expect.stringMatching(/^line \d: /),
    ]);
    writeFileSync(file, `${lines(file).slice(1).join('\n')}\n`);
    expect(await auditCheckBundle.run(input([to], { key: keys }))).toBe(1);
    writeFileSync(file, 'nonsense\n');
    expect((await checkBundle(to, keys)).problems.length).toBeGreaterThan(1);
    const manifest = join(to, 'manifest.json');
    const { files: _, ...bare } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<
      string,
      unknown
    >;
    writeFileSync(file, whole);
    writeFileSync(manifest, JSON.stringify(bare));
    expect((await checkBundle(to, keys)).problems).toEqual(
      ['records.jsonl', 'proofs.jsonl', 'keys.txt'].map(
        (name) => `the manifest does not say what \`${name}\` is`,
      ),
    );
    rmSync(manifest);
    await expect(checkBundle(to, keys)).rejects.toMatchObject({ code: 'cli/usage' });
  });
});
