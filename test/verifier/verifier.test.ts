import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import {
  bundlePath,
  cosignatureLine,
  encodePruned,
  encodeTile,
  leafHash,
  logVkey,
  parseNote,
  parseVkey,
  secondVkey,
  tilePath,
  witnessVkey,
} from '#tlog/index.ts';
import { encodeRekorRequest } from '#tlog/anchors/index.ts';
import { encodeBundle } from '#tlog/tile.ts';
import { newRekor } from '../fakes/rekor/index.ts';
import { importsIn } from '../imports.ts';
import {
  makeSecondSigner,
  makeSigner,
  MemoryLog,
  numbered,
} from '../conformance/tlog-memory-log.ts';

const file = join(import.meta.dirname, '../../verifier/verify.mjs');
const signer = makeSigner();
const witness = { name: 'auditor.example/w1', ...makeSigner() };
const origin = (writer: string) => `audit.example.com/main/standard/${writer}`;
const key = logVkey(origin('a'), signer.publicKey);
const witnessKey = witnessVkey(witness.name, witness.publicKey);
const size = 70_000;
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'verifier-'));
  save('good/main/standard/a', logOf('a', numbered(size)));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function logOf(writer: string, entries: readonly Uint8Array[]): MemoryLog {
  return new MemoryLog().append(...entries).publish(origin(writer), signer);
}

function cosigned(log: MemoryLog): string {
  const note = Buffer.from(log.read('checkpoint') ?? []);
  return `${note.toString('utf8')}${cosignatureLine(parseNote(note).text, witness, 1_790_000_000)}`;
}

function save(place: string, log: MemoryLog): string {
  for (const [path, bytes] of log.files) {
    mkdirSync(dirname(join(root, place, path)), { recursive: true });
    writeFileSync(join(root, place, path), bytes);
  }
  return join(root, place);
}

interface Told {
  readonly code: number | null;
  readonly status: unknown;
  readonly logs: readonly JsonObject[];
  readonly findings: readonly JsonObject[];
}

/** Run as an auditor runs it: a copy of the one file, somewhere else, with nothing beside it. */
function verify(folder: string, ...flags: string[]): Told {
  const alone = join(root, 'alone');
  mkdirSync(alone, { recursive: true });
  cpSync(file, join(alone, 'verify.mjs'));
  const words = [join(alone, 'verify.mjs'), folder, '--key', key, ...flags, '-o', 'json'];
  const run = spawnSync(process.execPath, words, { encoding: 'utf8', env: {}, cwd: alone });
  const answer = run.status === 4 ? {} : parseJson(Buffer.from(run.stdout));
  if (!isJsonObject(answer)) throw new Error(run.stderr);
  return {
    code: run.status,
    status: answer['status'],
    logs: answer['logs'] as JsonObject[],
    findings: answer['findings'] as JsonObject[],
  };
}

describe('the verifier that stands alone', () => {
  it('is one file that a person can read, and shares no code with the product [AUD-22]', () => {
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(585);
    const imports = importsIn(join(import.meta.dirname, '../..'), 'verifier/verify.mjs', text);
    expect(imports.length).toBeGreaterThan(3);
    // How timestamps are read is a file of its own, for whoever asks for them.
    const beside = imports.filter(({ to }) => !to.startsWith('node:'));
    expect(beside.map(({ to }) => to)).toEqual(['verifier/timestamps.mjs']);
    const stamps = readFileSync(join(file, '../timestamps.mjs'), 'utf8');
    const own = importsIn(join(import.meta.dirname, '../..'), 'verifier/timestamps.mjs', stamps);
    expect(own.map(({ to }) => to)).toEqual(['node:crypto', 'node:fs', 'node:path']);
  });

  it('holds every head that others noted against the records, as `audit verify` does [AUD-03]', () => {
    const noted = (name: string, of: readonly Uint8Array[], log: readonly Uint8Array[]) => {
      const own = logOf('a', log);
      const head = logOf('a', of).files.get('checkpoint') ?? Buffer.alloc(0);
      own.files.set(`anchors/${String(of.length).padStart(16, '0')}.checkpoint`, head);
      save(`${name}/main/standard/a`, own);
      const folder = join(root, name);
      return [verify(folder).status, verifyLogs(folder, { keys: [key] }).status];
    };
    const other = numbered(300);
    other[40] = Buffer.from('{}');
    expect(noted('noted-well', numbered(200), numbered(300))).toEqual(['consistent', 'consistent']);
    expect(noted('cut', numbered(300), numbered(200))).toEqual(['inconsistent', 'inconsistent']);
    expect(noted('forked', other.slice(0, 200), numbered(300))).toEqual([
      'inconsistent',
      'inconsistent',
    ]);
  });

  it('ends over a pipe where a file should be, and does not wait for it', () => {
    save('piped/main/standard/a', logOf('a', numbered(300)));
    spawnSync('mkfifo', [join(root, 'piped/main/standard/a/pruned')]);
    expect(verify(join(root, 'piped')).status).toBe('inconsistent');
  });

  it('tells which log outside has a head, by `audit verify` where its key is named [SYS-041]', () => {
    const rekor = newRekor('rekor.example');
    const log = logOf('a', numbered(300));
    const head = Buffer.from(log.files.get('checkpoint') ?? []);
    log.files.set('anchors/0000000000000300.checkpoint', head);
    log.files.set('anchors/0000000000000300.rk.rekor.json', rekor.add(encodeRekorRequest(head)));
    save('entered/main/standard/a', log);
    const told = (vkey: string) => {
      const anchors = { roots: [], logs: [parseVkey(vkey)] };
      return verifyLogs(join(root, 'entered'), { keys: [key], anchors }).logs[0];
    };
    expect(told(rekor.vkey)).toMatchObject({
      entry: { size: 300, log: 'rekor.example', index: 0 },
    });
    expect(told(newRekor('rekor.example').vkey)).toMatchObject({ notedByOthers: 1 });
    const other = rekor.add(encodeRekorRequest(Buffer.from('other')));
    writeFileSync(
      join(root, 'entered/main/standard/a/anchors/0000000000000300.rk.rekor.json'),
      other,
    );
    expect(told(rekor.vkey)).toMatchObject({ status: 'inconsistent' });
  });

  it('takes a file of keys, as `audit keys` prints one, and each vouches for its own prefix alone [AUD-22]', () => {
    const other = logVkey('x.example/main/standard/a', signer.publicKey);
    const list = join(root, 'keys.txt');
    const told = (...keys: string[]) => {
      writeFileSync(list, keys.map((one) => `# from somewhere\n${one}\n`).join('\n'));
      const words = [file, join(root, 'good'), '--keys', list];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      return [status, stdout + stderr];
    };
    expect(told(other, key)).toEqual([2, expect.stringContaining('consistent')]);
    expect(told(other)).toEqual([
      1,
      expect.stringContaining('is not signed by the key of `x.example/main/standard/a`'),
    ]);
    expect(told(key.slice(0, -2))).toEqual([4, expect.stringContaining('is malformed')]);
    expect(told(key.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toEqual([
      4,
      expect.stringContaining('is not of its key'),
    ]);
    expect(told()).toEqual([4, expect.stringContaining('--key are needed')]);
  });

  it('misses a log that a directory notes, and a directory that another log notes [AUD-03]', () => {
    const record = (value: JsonObject) => Buffer.from(JSON.stringify(value));
    const directory = 'audit.example.com/main/directory/control';
    const opened = { details: { origin: directory, is: 'directory' }, type: 'log.opened' };
    const a = logOf('a', [...numbered(300), record(opened)]);
    const b = logOf('b', numbered(20));
    const noting = [
      { log: a, of: 'a', size: 301 },
      { log: b, of: 'b', size: 20 },
    ].map((one) => ({
      origin: origin(one.of),
      size: one.size,
      root: Buffer.from(one.log.tree.root()).toString('hex'),
    }));
    const details = { logs: noting, part: 1, parts: 1 };
    const noted = new MemoryLog()
      .append(record({ details, type: 'log.directory' }))
      .publish(directory, signer);
    save('noted/main/standard/a', a);
    save('noted/main/standard/b', b);
    save('noted/main/directory/control', noted);
    const folder = join(root, 'noted');
    expect(verify(folder).code).toBe(2);
    save('noted/main/standard/b', logOf('b', numbered(19)));
    expect(verify(folder).logs.find(({ log }) => log === 'main/standard/b')).toMatchObject({
      status: 'inconsistent',
      at: 19,
    });
    rmSync(join(folder, 'main/standard/b'), { recursive: true });
    expect(verify(folder)).toMatchObject({ code: 1 });
    expect(verify(folder).logs.find(({ log }) => log === origin('b'))).toMatchObject({
      status: 'inconsistent',
      message: expect.stringContaining('the directory of the logs remembers 20 records') as string,
    });
    const accepting = (count: number) => ({
      actors: [{ kind: 'human', name: 'maria' }],
      details: { noted: count, origin: origin('b') },
      time: '2026-11-27T08:00:00.000Z',
      type: 'log.missing-accepted',
    });
    for (const [count, code] of [
      [19, 1],
      [20, 2],
    ] as const) {
      const told = { details, type: 'log.directory' };
      const words = new MemoryLog().append(record(told)).append(record(accepting(count)));
      save('noted/main/directory/control', words.publish(directory, signer));
      expect(verify(folder).code).toBe(code);
    }
    expect(verify(folder).logs.find(({ log }) => log === origin('b'))).toMatchObject({
      status: 'consistent',
      message: 'missing, accepted by maria on 2026-11-27T08:00:00.000Z: 20 records',
    });
    expect(verifyLogs(folder, { keys: [key] }).status).toBe('consistent');
    save('noted/main/directory/control', noted);
    save('noted/main/standard/b', b);
    expect(verify(folder).code).toBe(2);
    rmSync(join(folder, 'main/directory'), { recursive: true });
    expect(verify(folder).logs.find(({ log }) => log === directory)).toMatchObject({
      status: 'inconsistent',
    });
    expect(verify(join(folder, 'main/standard/a')).code).toBe(2);
    expect(verify(join(folder, 'main/standard')).code).toBe(2);
  });

  it('checks a second signature where its key is given: missing ends in 2, wrong in 1, as `audit verify` does [AUD-03]', () => {
    const second = makeSecondSigner();
    const [mine, others] = [second, makeSecondSigner()].map(({ publicKey }) =>
      secondVkey(origin('b'), publicKey),
    );
    const both = (log: MemoryLog, vkey = '') => {
      rmSync(join(root, 'second'), { recursive: true, force: true });
      const folder = save('second/main/standard/a', log);
      writeFileSync(join(folder, 'witnessed'), log.files.get('witnessed') ?? cosigned(log));
      const flags = ['--witness', witnessKey, ...(vkey === '' ? [] : ['--key', vkey])];
      const alone = verify(join(root, 'second'), ...flags);
      const keys = [key, ...(vkey === '' ? [] : [vkey])];
      const own = verifyLogs(join(root, 'second'), { keys, witnesses: [witnessKey] });
      expect(alone.status).toBe(own.status);
      return alone;
    };
    const twice = () =>
      new MemoryLog().append(...numbered(300)).publish(origin('a'), { ...signer, second });
    expect(both(twice()).code).toBe(0);
    expect(both(twice(), mine).code).toBe(0);
    const lacking = { code: 2, logs: [{ message: expect.stringContaining('ML-DSA') as string }] };
    expect(both(logOf('a', numbered(300)), mine)).toMatchObject(lacking);
    expect(both(twice(), others)).toMatchObject(lacking);
    const wrong = twice();
    const note = Buffer.from(wrong.read('checkpoint') ?? []).toString('utf8');
    const [line = ''] = /[^ ]+\n$/u.exec(note) ?? [];
    const bytes = Buffer.from(line, 'base64');
    const flipped = bytes.with(900, (bytes[900] ?? 0) ^ 1);
    const forged = note.replace(line, `${Buffer.from(flipped).toString('base64')}\n`);
    wrong.files.set('checkpoint', Buffer.from(forged));
    wrong.files.set('witnessed', Buffer.from(cosigned(logOf('a', numbered(300)))));
    expect(both(wrong).code).toBe(0);
    expect(both(wrong, mine)).toMatchObject({ code: 1, logs: [{ status: 'inconsistent' }] });
  });

  it('takes a whole data folder, several folders at once, and says of a bundle what checks it [AUD-22]', () => {
    const a = save('data/log/main/standard/a', logOf('a', numbered(300)));
    const b = save('data-b/main/standard/b', logOf('b', numbered(20)));
    mkdirSync(join(root, 'data/store'), { recursive: true });
    expect(verify(join(root, 'data'))).toMatchObject({ code: 2, logs: [{ size: 300 }] });
    const several = verify(join(root, 'data'), join(root, 'data-b'));
    expect(several).toMatchObject({ code: 2, logs: [{ size: 300 }, { size: 20 }] });
    expect(verify(a, b)).toMatchObject({ code: 2, logs: [{ size: 300 }, { size: 20 }] });
    writeFileSync(join(a, 'witnessed'), cosigned(logOf('a', numbered(300))));
    expect(verify(a, b, '--witness', witnessKey).code).toBe(2);
    writeFileSync(join(b, 'witnessed'), cosigned(logOf('b', numbered(20))));
    expect(verify(a, b, '--witness', witnessKey).code).toBe(0);
    writeFileSync(join(b, 'tile/entries/000.p/20'), 'edited');
    expect(verify(a, b, '--witness', witnessKey)).toMatchObject({ code: 1 });
    expect(verify(join(root, 'data'), join(root, 'none')).code).toBe(4);
    mkdirSync(join(root, 'bundle'));
    for (const name of ['manifest.json', 'proofs.jsonl'])
      writeFileSync(join(root, 'bundle', name), '');
    const words = [file, join(root, 'bundle'), '--key', key];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([4, expect.stringContaining('check-bundle')]);
  });

  it('holds what a directory in one folder says against a log in another [AUD-03]', () => {
    const directory = 'audit.example.com/main/directory/control';
    const noted = logOf('a', numbered(300));
    const head = {
      origin: origin('a'),
      root: Buffer.from(noted.tree.root()).toString('hex'),
      size: 300,
    };
    const details = { logs: [head], part: 1, parts: 1 };
    const record = Buffer.from(JSON.stringify({ details, type: 'log.directory' }));
    save(
      'apart-1/main/directory/control',
      new MemoryLog().append(record).publish(directory, signer),
    );
    save('apart-2/main/standard/a', logOf('a', numbered(299)));
    const both = verify(join(root, 'apart-2'), join(root, 'apart-1'));
    expect(both).toMatchObject({ code: 1 });
    expect(both.logs.find(({ log }) => log === 'main/standard/a')).toMatchObject({ at: 299 });
  });

  it('finds a directory that was put back with what it speaks of, by what another log says of it [AUD-03]', () => {
    const record = (value: JsonObject) => Buffer.from(JSON.stringify(value));
    const name = 'audit.example.com/main/directory/control';
    const said = (of: number) =>
      record({ details: { logs: [], part: 1, parts: 1, of }, type: 'log.directory' });
    const directoryOf = (...entries: readonly Uint8Array[]) =>
      new MemoryLog().append(...entries).publish(name, signer);
    const headed = (log: MemoryLog, length: number, time: string) => {
      const head = {
        origin: name,
        root: Buffer.from(log.tree.root()).toString('hex'),
        size: length,
      };
      return record({ details: head, time, type: 'log.directory-head' });
    };
    const [short, whole] = [directoryOf(said(1), said(2)), directoryOf(said(1), said(2), said(3))];
    const folder = join(root, 'put-back');
    const judged = (directory: MemoryLog, lastAt: string, ...more: readonly Uint8Array[]) => {
      rmSync(folder, { recursive: true, force: true });
      const later = headed(whole, 3, lastAt);
      const control = [
        headed(short, 2, '2026-11-27T07:00:00.000Z'),
        headed(whole, 3, '2026-11-27T08:00:00.000Z'),
      ];
      save('put-back/main/standard/a', logOf('a', [...control, ...more, later]));
      save('put-back/main/directory/control', directory);
      const { logs } = verify(folder);
      const own = verifyLogs(folder, { keys: [key] }).logs;
      const of = (all: readonly JsonObject[]) =>
        all.find(({ log }) => log === 'main/directory/control')?.['status'];
      return [of(logs), of(own)];
    };
    const both = (status: string) => [status, status];
    const [soon, late] = ['2026-11-27T08:09:59.000Z', '2026-11-27T08:10:00.000Z'];
    expect(judged(whole, late)).toEqual(both('consistent'));
    expect(judged(short, late)).toEqual(both('inconsistent'));
    const other = directoryOf(said(1), said(9), said(3));
    expect(judged(other, late)).toEqual(both('inconsistent'));
    // A copy of a live log has its directory of a moment before.
    expect(judged(short, soon)).toEqual(both('consistent'));
    // What it never was is found at once by the heads of before.
    expect(judged(other, soon)).toEqual(both('inconsistent'));
  });

  it('finds a long log consistent, and says that nobody witnessed it', () => {
    expect(verify(join(root, 'good'))).toMatchObject({
      code: 2,
      logs: [{ log: 'main/standard/a', status: 'consistent', size, witnessedTo: 0 }],
    });
  });

  it.each([0, 1, 255, 256, 257, 512, 513, 1000])(
    'agrees with the product on a log of %i records, witnessed or not',
    (count) => {
      const log = logOf('a', numbered(count));
      const folder = save(`sizes/${count}/main/standard/a`, log);
      const of = join(root, `sizes/${count}`);
      expect(verify(of)).toMatchObject({ code: 2, logs: [{ size: count }] });
      writeFileSync(join(folder, 'witnessed'), cosigned(log));
      expect(verify(of)).toMatchObject({ code: 2 });
      expect(verify(of, '--witness', witnessKey)).toMatchObject({
        code: 0,
        logs: [{ status: 'witnessed', witnessedTo: count, by: [witness.name] }],
      });
      expect(verifyLogs(of, { keys: [key], witnesses: [witnessKey] }).status).toBe('witnessed');
    },
  );

  it('says since when a log is unwitnessed', () => {
    const folder = save('tail/main/standard/a', logOf('a', numbered(320)));
    writeFileSync(join(folder, 'witnessed'), cosigned(logOf('a', numbered(300))));
    expect(verify(join(root, 'tail'), '--witness', witnessKey)).toMatchObject({
      code: 2,
      logs: [{ message: 'consistent, unwitnessed since 300' }],
    });
  });

  it('does not go on over keys and files that it cannot use', () => {
    const good = join(root, 'good');
    expect(verify(good, '--witness', key).code).toBe(4);
    expect(verify(good, '--witness', `${witnessKey}x`).code).toBe(4);
    expect(verify(good, '--quorum', '2').code).toBe(4);
    expect(verify(good, '--checkpoint', join(root, 'none')).code).toBe(4);
    expect(verify(join(root, 'none')).code).toBe(4);
  });
});

/** Rewrites bundle 1 (records 256 to 511) of a log of 1,000; with `tiles`, its lowest tile too. */
function rewrite(change: (entries: Uint8Array[]) => Uint8Array[], tiles = false): MemoryLog {
  const log = logOf('a', numbered(1000));
  const entries = change(log.entries.slice(256, 512));
  log.files.set(bundlePath(1), encodeBundle(entries));
  if (tiles) log.files.set(tilePath(0, 1), encodeTile(entries.map(leafHash)));
  return log;
}

const other = Buffer.from('{"n":-1}', 'utf8');
const edits: Readonly<Record<string, (entries: Uint8Array[]) => Uint8Array[]>> = {
  edited: (entries) => entries.with(44, other),
  removed: (entries) => [...entries.toSpliced(44, 1), other],
  inserted: (entries) => entries.toSpliced(44, 0, other).slice(0, 256),
  moved: (entries) => entries.with(44, entries[45] ?? other).with(45, entries[44] ?? other),
};

describe('every edit of a log', () => {
  it.each(Object.entries(edits))('a record that was %s is named [AUD-03]', (what, change) => {
    const at = (place: string) => verify(join(root, place));
    save(`${what}/main/standard/a`, rewrite(change));
    expect(at(what)).toMatchObject({ code: 1, logs: [{ status: 'inconsistent', at: 300 }] });
    save(`${what}-tiles/main/standard/a`, rewrite(change, true));
    expect(at(`${what}-tiles`)).toMatchObject({ code: 1, logs: [{ at: 256 }] });
  });

  it('each missing file and each flipped byte of what the head needs [AUD-03]', () => {
    const log = logOf('a', numbered(300));
    const needed = ['checkpoint', 'tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1'];
    const survivors: string[] = [];
    for (const path of [...needed, 'tile/entries/000', 'tile/entries/001.p/44']) {
      const folder = save('flipped/main/standard/a', log);
      const bytes = log.read(path) ?? Buffer.alloc(0);
      const half = Math.floor(bytes.length / 2);
      for (const at of [0, half, bytes.length - 1]) {
        writeFileSync(join(folder, path), bytes.with(at, (bytes[at] ?? 0) ^ 0x10));
        if (verify(join(root, 'flipped')).code !== 1) survivors.push(`${path}@${at}`);
      }
      rmSync(join(folder, path));
      if (verify(join(root, 'flipped')).code !== 1) survivors.push(path);
    }
    expect(survivors).toEqual([]);
  }, 60_000);

  it('a log in the place of another, or under another key', () => {
    save('placed/main/standard/b', logOf('a', numbered(3)));
    expect(verify(join(root, 'placed')).code).toBe(1);
    const foreign = new MemoryLog().append(...numbered(3)).publish(origin('a'), makeSigner());
    save('foreign/main/standard/a', foreign);
    expect(verify(join(root, 'foreign')).code).toBe(1);
  });

  it('a history that was rewritten and signed anew with the real key: by what somebody remembers, and by that alone [AUD-03]', () => {
    const honest = logOf('a', numbered(1000));
    const forged = logOf('a', numbered(1000).with(300, other));
    const folder = save('forged/main/standard/a', forged);
    const at = join(root, 'forged');
    expect(verify(at, '--witness', witnessKey)).toMatchObject({
      code: 2,
      logs: [{ message: 'consistent, unwitnessed since 0' }],
    });
    const [saved, earlier] = [join(root, 'saved'), join(root, 'earlier')];
    writeFileSync(saved, honest.read('checkpoint') ?? '');
    writeFileSync(earlier, logOf('a', numbered(280)).read('checkpoint') ?? '');
    expect(verify(at, '--checkpoint', saved)).toMatchObject({ code: 1, logs: [{ at: 0 }] });
    expect(verify(at, '--checkpoint', saved, '--checkpoint', earlier)).toMatchObject({
      code: 1,
      logs: [{ at: 280 }],
    });
    writeFileSync(join(folder, 'witnessed'), cosigned(honest));
    expect(verify(at, '--witness', witnessKey).code).toBe(1);
    writeFileSync(join(folder, 'witnessed'), cosigned(logOf('a', numbered(1001))));
    expect(verify(at, '--witness', witnessKey)).toMatchObject({ code: 1, logs: [{ at: 1000 }] });
  });

  it('a history that was rewritten under another prefix of the same host, cosigned or not [AUD-03]', () => {
    const saved = join(root, 'saved-prefix');
    writeFileSync(saved, logOf('a', numbered(300)).read('checkpoint') ?? '');
    const forged = new MemoryLog()
      .append(...numbered(300).with(7, other))
      .publish('audit.example.com/x/main/standard/a', signer);
    const folder = save('prefix/main/standard/a', forged);
    writeFileSync(join(folder, 'witnessed'), cosigned(forged));
    for (const of of [join(root, 'prefix'), folder]) {
      for (const flags of [[], ['--witness', witnessKey], ['--checkpoint', saved]]) {
        expect(verify(of, ...flags)).toMatchObject({ code: 1, status: 'inconsistent' });
      }
      expect(verifyLogs(of, { keys: [key], witnesses: [witnessKey] }).status).toBe('inconsistent');
    }
  });

  it('one log alone that nothing of what was saved is of', () => {
    const folder = save('alone-b/main/standard/b', logOf('b', numbered(3)));
    const saved = join(root, 'saved-a');
    writeFileSync(saved, logOf('a', numbered(3)).read('checkpoint') ?? '');
    expect(verify(folder, '--checkpoint', saved)).toMatchObject({ code: 1 });
    const both = join(root, 'saved-b');
    writeFileSync(both, logOf('b', numbered(3)).read('checkpoint') ?? '');
    expect(verify(folder, '--checkpoint', saved, '--checkpoint', both)).toMatchObject({ code: 2 });
  });

  it('a log that was laid over others, so that they are not looked at', () => {
    const good = save('laid/main/standard/b', logOf('b', numbered(3)));
    save('laid/main/standard/a', logOf('a', numbered(3)));
    cpSync(good, join(root, 'laid'), { recursive: true });
    writeFileSync(join(root, 'laid/main/standard/a/tile/entries/000.p/3'), 'edited');
    const told = verify(join(root, 'laid'), '--checkpoint', join(good, 'checkpoint'));
    expect([told.code, told.logs.length]).toEqual([1, 3]);
    expect(told.logs.map(({ status }) => status)).toEqual([
      'inconsistent',
      'inconsistent',
      'consistent',
    ]);
    const ours = verifyLogs(join(root, 'laid'), { keys: [key] });
    expect(ours).toMatchObject({
      status: 'inconsistent',
      logs: [{ log: '', status: 'inconsistent' }, {}, {}],
    });
  });

  it('a log that is gone, by the lines of a witness', () => {
    const lines = join(root, 'cosigned.log');
    const hash = Buffer.alloc(32, 1).toString('base64');
    writeFileSync(lines, `2026-11-27T05:00:00Z ${origin('b')} 12 ${hash}\n`);
    const told = verify(join(root, 'good'), '--checkpoint', lines);
    expect(told).toMatchObject({ code: 1, logs: [{ status: 'consistent' }, { at: 0 }] });
  });
});

describe('what records say of holds and erasures', () => {
  const at = (minute: number) => newId(Date.UTC(2026, 10, 2, 8, minute));
  const control = 'audit.example.com/main/standard/control';
  interface Act {
    readonly type: string;
    readonly id?: string;
    readonly [name: string]: unknown;
  }
  let place = 0;
  /** A minute lies between each act and the next; both verifiers are asked. */
  function told(...acts: readonly Act[]) {
    place += 1;
    const records = acts.map(({ type, id = at(10 * place + 1), tenant = 'main', ...details }) =>
      Buffer.from(JSON.stringify({ details, id, tenant, type })),
    );
    const log = new MemoryLog().append(...records).publish(control, signer);
    const folder = join(root, `acts-${place}`);
    const saved = save(`acts-${place}/main/standard/control`, log);
    writeFileSync(join(saved, 'witnessed'), cosigned(log));
    const alone = verify(folder, '--witness', witnessKey);
    const own = verifyLogs(folder, { keys: [key], witnesses: [witnessKey] });
    expect([own.status, alone.status]).toEqual(['witnessed', 'witnessed']);
    const parts = ({ record, hold, held, kind }: JsonObject) => [kind, record, hold, held];
    expect(alone.findings.map(parts)).toEqual(own.findings.map(parts));
    expect(alone.code).toBe(own.findings.length === 0 ? 0 : 2);
    return own.findings.map(({ record, hold, held }) => [record, hold, held]);
  }
  const held = { type: 'privacy.held', hold: 'h1', handle: 'ann', agreement: 'a1', id: at(1) };
  const released = { type: 'privacy.hold-released', hold: 'h1', agreement: 'a2', id: at(2) };
  const erased = { type: 'privacy.erased', handle: 'ann', id: at(3) };
  const found = [[erased.id, 'h1', held.id]];

  it('an erasure of what two people held is a finding, and no tampering [DAT-10] [AUD-10]', () => {
    expect(told(held, erased)).toEqual(found);
    expect(told(held, { ...erased, type: 'privacy.tenant-erased', agreement: 'a3' })).toEqual(
      found,
    );
    const { handle: _, ...since } = held;
    expect(told({ ...since, since: '2026-01-01T00:00:00Z' }, erased)).toEqual(found);
  });

  it('none is where it was released, is of another, or came before', () => {
    expect(told(held, released, erased)).toEqual([]);
    expect(told(held, { ...erased, handle: 'bob' })).toEqual([]);
    expect(told(held, { ...erased, tenant: 'other' })).toEqual([]);
    expect(told({ ...held, id: at(5) }, erased)).toEqual([]);
    expect(told(held, { ...erased, type: 'privacy.erased-again' })).toEqual([]);
  });

  it('what is on record and was refused happened on neither side', () => {
    const no = { type: 'act.reconciled', applied: 'no', id: at(9) };
    const of = (act: Act) => ({ ...no, act: act.type, agreement: act['agreement'] });
    expect(told(held, erased, { ...no, act: erased.type, erasure: erased.id })).toEqual([]);
    expect(told(held, of(held), erased)).toEqual([]);
    expect(told(held, released, of(released), erased)).toEqual(found);
    const unknown = { ...no, act: erased.type, erasure: erased.id, applied: 'unknown' };
    expect(told(held, erased, unknown)).toEqual(found);
  });
});

describe('a front that an archive lacks', () => {
  const pruned = newId(Date.UTC(2026, 10, 2));
  const day = 86_400_000;
  const ago = (days: number) => new Date(Date.now() - days * day).toISOString();
  const a = () => logOf('a', numbered(600));

  /** Records `[0, 256)` are gone, with the mark of the log there. */
  function saved(name: string, details: JsonObject, isArchive = true): string {
    const log = a();
    const folder = save(`${name}/main/standard/a`, log);
    rmSync(join(folder, bundlePath(0)));
    const hash = Buffer.from(new MemoryLog().append(...numbered(256)).tree.root()).toString('hex');
    const mark = { from: 0, to: 256, root: hash, record: pruned };
    writeFileSync(join(folder, 'pruned'), encodePruned(mark));
    const said = { origin: origin('a'), from: 0, to: 256, root: hash, ...details };
    const record = { details: said, id: pruned, tenant: 'main', type: 'log.pruned' };
    const control = new MemoryLog().append(Buffer.from(JSON.stringify(record)));
    const of = `${name}/main/standard/control`;
    const other = save(of, control.publish(origin('control'), signer));
    for (const [place, size] of isArchive
      ? ([
          [folder, 600],
          [other, 1],
        ] as const)
      : []) {
      mkdirSync(join(place, 'checkpoints'));
      const head = readFileSync(join(place, 'checkpoint'));
      writeFileSync(join(place, 'checkpoints', String(size).padStart(16, '0')), head);
      rmSync(join(place, 'checkpoint'));
    }
    return join(root, name);
  }
  const both = (folder: string, isArchive = false) => [
    verify(folder, ...(isArchive ? ['--archive'] : [])).status,
    verifyLogs(folder, { keys: [key], isArchive }).status,
  ];
  const holds = ['consistent', 'consistent'];
  const fault = ['inconsistent', 'inconsistent'];

  it('is missing there while its minimum runs, whatever mark of the log was put there [AUD-06] [DAT-02]', () => {
    const kept = { archived: true, newest: ago(10), minimumMs: 30 * day };
    const archive = saved('lacks', kept);
    expect(both(archive)).toEqual(fault);
    expect(verify(archive).logs).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('has to have them') as string }),
    );
    // In the log that it came from it is pruned, as ever; unless that is an archive in disguise.
    const live = saved('lacks-live', kept, false);
    expect(both(live)).toEqual(holds);
    expect(both(live, true)).toEqual(fault);
  });

  it('is pruned where none was to keep it, or the minimum is over by the dates of the record [AUD-06]', () => {
    const over = { archived: true, newest: ago(31), minimumMs: 30 * day };
    expect(both(saved('over', over))).toEqual(holds);
    const none = { archived: false, newest: ago(10), minimumMs: 30 * day };
    expect(both(saved('none', none))).toEqual(holds);
    // What leaves out its dates, or what lies before it, is never over.
    expect(both(saved('undated', { archived: true, again: true }))).toEqual(fault);
    expect(both(saved('behind', { ...none, from: 128 }))).toEqual(fault);
  });
});
