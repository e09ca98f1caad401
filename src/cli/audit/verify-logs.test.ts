import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, type Json, type JsonObject } from '#kernel/json/index.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import { LogRatchet, openLogRatchetFile } from '#storage/ratchet/index.ts';
import { openLogWriter } from '#storage/tiles/index.ts';
import {
  cosignatureLine,
  logVkey,
  parseCheckpointText,
  parseNote,
  witnessVkey,
} from '#tlog/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { readKeptHeads } from './kept-heads.ts';
import { readSavedHeads } from './saved-heads.ts';
import { type VerifyOptions, verifyLogs } from './verify-logs.ts';

const signer = makeSigner();
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'verify-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const logs = () => join(root, 'log');
const folderOf = (writer: string) => join(logs(), 'main', 'standard', writer);
const originOf = (writer: string) => `audit.example.com/main/standard/${writer}`;

/** What a test says of a record; the rest is of no matter here. */
type Said = Readonly<Record<string, Json>>;

function ratchetOf(writer: string): LogRatchet {
  const content = { schema: 1, writer, name: writer, opened: true, logs: [] } as const;
  const file = openLogRatchetFile(join(root, 'keys'), writer);
  if (file.read() === undefined) file.write({ ...content, logs: [] });
  const ratchet = LogRatchet.open(join(root, 'keys'), writer);
  if (ratchet === undefined) throw new Error('just written');
  return ratchet;
}

/** Goes on with a log; each call publishes once. */
function write(writer: string, said: readonly Said[], from = 0): void {
  const log = openLogWriter({
    folder: folderOf(writer),
    origin: originOf(writer),
    signer,
    ratchet: ratchetOf(writer),
  });
  const frames = said.map((one, i) => {
    const bytes = canonicalBytes({ id: newId(i), tenant: 'main', ...one });
    return { kind: 'leaf', bytes, position: { segment: 1, offset: (from + i + 1) * 100 } } as const;
  });
  log.append('ab'.repeat(16), frames);
  log.publish();
}

const numbered = (count: number, first = 1): Said[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'gateway.noticed', sequence: first + i }));

function verdicts(options: VerifyOptions = {}): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    verifyLogs(logs(), options).logs.map((one) => {
      const { log } = one;
      return [typeof log === 'string' ? log.split('/').at(-1) : '', one];
    }),
  );
}

describe('verdicts over several logs', () => {
  it('are given one by one: a bad key of one hides nothing of the others', () => {
    for (const writer of ['a', 'b', 'c']) write(writer, numbered(5));
    writeFileSync(join(folderOf('b'), 'vkey'), 'not a key\n');
    rmSync(join(folderOf('c'), 'vkey'));
    expect(verdicts()).toMatchObject({
      a: { status: 'consistent', size: 5 },
      b: { status: 'inconsistent', kind: 'key' },
      c: { status: 'inconsistent', kind: 'key' },
    });
    expect(verifyLogs(logs()).status).toBe('inconsistent');
  });

  it('hold under one trusted key, whichever log it was taken from', () => {
    for (const writer of ['a', 'b']) write(writer, numbered(5));
    const key = logVkey(originOf('a'), signer.publicKey);
    expect(verifyLogs(logs(), { keys: [key] }).status).toBe('consistent');
    const other = logVkey(originOf('a'), makeSigner().publicKey);
    expect(verdicts({ keys: [other] })).toMatchObject({
      a: { status: 'inconsistent', kind: 'checkpoint' },
      b: { status: 'inconsistent', kind: 'checkpoint' },
    });
  });

  it('hold under the one of several keys that signed, and say whose keys they are where none is of them', () => {
    for (const writer of ['a', 'b']) write(writer, numbered(5));
    const own = logVkey(originOf('a'), signer.publicKey);
    const retired = logVkey(originOf('a'), makeSigner().publicKey);
    const elsewhere = logVkey('x.example/main/standard/a', signer.publicKey);
    expect(verifyLogs(logs(), { keys: [retired, elsewhere, own] }).status).toBe('consistent');
    expect(verdicts({ keys: [elsewhere] })).toMatchObject({
      a: {
        status: 'inconsistent',
        kind: 'key',
        message: `inconsistent: the key is of log \`x.example/main/standard/a\`, the evidence is of log \`${originOf('a')}\``,
      },
    });
  });

  it('do not take a log for another one in whose place it lies', () => {
    write('a', numbered(5));
    cpSync(folderOf('a'), folderOf('b'), { recursive: true });
    const key = logVkey(originOf('a'), signer.publicKey);
    expect(verdicts({ keys: [key] })).toMatchObject({
      a: { status: 'consistent' },
      b: { status: 'inconsistent', kind: 'key' },
    });
  });

  it('say how far a long log is', () => {
    write('a', numbered(20_500));
    const told: string[] = [];
    verifyLogs(logs(), { progress: (log, records) => told.push(`${log} ${records}`) });
    expect(told).toEqual(['main/standard/a 10000', 'main/standard/a 20000']);
  }, 60_000);
});

describe('what records say of each other', () => {
  it('an intent that was open when its writer started again has no outcome', () => {
    write('a', [
      { type: 'policy.intent', id: newId(1), sequence: 1 },
      { type: 'policy.intent', id: 'closed', sequence: 2 },
      { type: 'policy.outcome', intent: 'closed', sequence: 3 },
      { type: 'gateway.started', sequence: 1 },
    ]);
    expect(verdicts()).toMatchObject({
      a: { status: 'inconsistent', kind: 'dangling-intent', index: 0, count: 1 },
    });
  });

  it('an outcome names the windows that were released, each of them and no other [AUD-05]', () => {
    const windowOf = (id: string, number: number) => ({
      type: 'policy.outcome-part',
      id,
      intent: 'i',
      part: {
        number,
        bytes: 10,
        commitment: { sha256: sha256Hex(id), salt: '', bytes: 10 },
      },
    });
    const windows = [windowOf('one', 1), windowOf('two', 2)];
    const tally = new PartsTally();
    for (const { id, part } of windows) tally.add(id, part);
    const parts = { ...tally.sum() } as JsonObject;
    const intent = { type: 'policy.intent', id: 'i' };
    const outcome = { type: 'policy.outcome', intent: 'i' };
    const logsOf: Readonly<Record<string, readonly Said[]>> = {
      whole: [intent, ...windows, { ...outcome, parts }],
      none: [intent, outcome],
      'unnamed-window': [intent, ...windows, outcome],
      'window-gone': [intent, ...windows.slice(1), { ...outcome, parts }],
      'other-order': [intent, ...windows.toReversed(), { ...outcome, parts }],
      'no-window': [intent, { ...outcome, parts }],
      'other-bytes': [intent, ...windows, { ...outcome, parts: { ...parts, bytes: 21 } }],
    };
    for (const [writer, records] of Object.entries(logsOf)) {
      write(
        writer,
        records.map((one, at) => ({ ...one, sequence: at + 1 })),
      );
    }
    const untrue = { status: 'inconsistent', kind: 'outcome-parts', count: 1 };
    expect(verdicts()).toMatchObject({
      whole: { status: 'consistent' },
      none: { status: 'consistent' },
      'unnamed-window': { ...untrue, index: 3 },
      'window-gone': { ...untrue, index: 2 },
      'other-order': { ...untrue, index: 3 },
      'no-window': { ...untrue, index: 1 },
      'other-bytes': { ...untrue, index: 3 },
    });
  });

  it('an intent that is open at the end may still get one', () => {
    write('a', [
      { type: 'gateway.started', sequence: 1 },
      { type: 'policy.intent', sequence: 2 },
    ]);
    expect(verdicts()).toMatchObject({ a: { status: 'consistent' } });
  });

  it('a number that was left out is a missing record, by session', () => {
    write('a', [
      ...numbered(3),
      { type: 'gateway.noticed', session: 's', sequence: 1 },
      { type: 'gateway.noticed', session: 's', sequence: 3 },
      ...numbered(1, 4),
      ...numbered(1, 7),
    ]);
    expect(verdicts()).toMatchObject({
      a: { status: 'inconsistent', kind: 'sequence-hole', index: 4, count: 2 },
    });
  });

  it('a number that comes later, after its record was refused once, is no hole', () => {
    write('a', [...numbered(3), ...numbered(1, 5), ...numbered(1, 4), ...numbered(2, 6)]);
    expect(verdicts()).toMatchObject({ a: { status: 'consistent' } });
  });

  const lived = (life: number, ...sequences: readonly number[]): Said[] =>
    sequences.map((sequence) => ({ type: 'gateway.noticed', session: 's', sequence, life }));

  it('a writer that starts again begins a later life at 1: what is missing of any life is found [AUD-03]', () => {
    const logsOf: Readonly<Record<string, readonly Said[]>> = {
      whole: [...lived(10, 1, 2, 3), ...lived(20, 1, 2), ...lived(30, 1)],
      refused: [...lived(10, 1, 3, 2), ...lived(20, 2, 1)],
      'first-gone': [...lived(10, 1, 2), ...lived(20, 2, 3)],
      'first-of-all-gone': lived(10, 2, 3),
      'one-gone': [...lived(10, 1, 3), ...lived(20, 1)],
      'life-back': [...lived(20, 1, 2), ...lived(10, 1)],
      twice: lived(10, 1, 2, 2),
      'begun-anew': lived(10, 1, 2, 1),
    };
    for (const [writer, records] of Object.entries(logsOf)) write(writer, records);
    const hole = (index: number) => ({ status: 'inconsistent', kind: 'sequence-hole', index });
    expect(verdicts()).toMatchObject({
      whole: { status: 'consistent' },
      refused: { status: 'consistent' },
      'first-gone': hole(2),
      'first-of-all-gone': hole(0),
      'one-gone': hole(1),
      'life-back': hole(2),
      twice: hole(2),
      'begun-anew': hole(2),
    });
  });

  const second = (at: number) => new Date(1_000 * at).toISOString();
  const gap = (from: number, to: number, count: number, more: object = {}): Said => ({
    type: 'log.gap',
    time: second(to),
    details: { from: second(from), to: second(to), count, types: {}, why: {}, ...more },
    sequence: 1,
  });
  const timed = (...at: readonly (readonly [number, number])[]): Said[] =>
    at.map(([sequence, when]) => ({
      type: 'gateway.noticed',
      session: 's',
      sequence,
      life: 1,
      time: second(when),
    }));

  it('a number whose record was refused is told as that, by a gap of that tenant and time for as many as it counts [AUD-03] [D-14]', () => {
    const holes = timed([1, 1_000], [4, 1_003], [5, 1_004]);
    const logsOf: Readonly<Record<string, readonly Said[]>> = {
      explained: [...holes, gap(1_001, 1_002, 2)],
      twice: [...timed([1, 1_000], [2, 1_001], [2, 1_003]), gap(1_001, 1_002, 1)],
      'too-few': [...holes, gap(1_001, 1_002, 1)],
      'another-time': [...holes, gap(2_001, 2_002, 2)],
      'another-tenant': [...holes, { ...gap(1_001, 1_002, 2), tenant: 'other' }],
      'of-others': [...holes, gap(1_001, 1_002, 2, { of: 'others' })],
      'life-back': [
        ...timed([1, 1_000]).map((one) => ({ ...one, life: 2 })),
        ...timed([1, 1_001]),
        gap(1_000, 1_002, 9),
      ],
    };
    for (const [writer, records] of Object.entries(logsOf)) write(writer, records);
    const hole = { status: 'inconsistent', kind: 'sequence-hole' };
    expect(verdicts()).toMatchObject({
      explained: {
        status: 'consistent',
        explained: { numbers: 2, places: 1 },
        message: expect.stringContaining('2 numbers at 1 places are of records that were refused'),
      },
      twice: { status: 'consistent', explained: { numbers: 1, places: 1 } },
      'too-few': hole,
      'another-time': hole,
      'another-tenant': hole,
      'of-others': hole,
      'life-back': hole,
    });
    expect(verdicts()['too-few']).not.toHaveProperty('explained');
  });

  it('a log that succeeds another goes on with what was counted there', () => {
    const [first, ...more] = lived(1_000, 7, 8);
    const time = '1970-01-01T00:00:09.000Z';
    write('a', [{ ...first, time }, ...more, ...lived(9_001, 1)]);
    write('b', [{ ...first, time }, ...more, ...lived(9_001, 2)]);
    expect(verdicts()).toMatchObject({
      a: { status: 'consistent' },
      b: { status: 'inconsistent', kind: 'sequence-hole', index: 2 },
    });
  });

  it('counting anew is no hole: a writer that starts again begins at 1', () => {
    write('a', [...numbered(9), ...numbered(4)]);
    expect(verdicts()).toMatchObject({ a: { status: 'consistent' } });
  });
});

describe('a log that was put back', () => {
  function grown(): void {
    write('a', numbered(300));
    cpSync(folderOf('a'), join(root, 'older'), { recursive: true });
    write('a', numbered(300, 301), 300);
    write('a', numbered(1, 601), 600);
  }
  const kept = () => readKeptHeads(join(root, 'keys'));
  const oldCheckpoint = () =>
    cpSync(join(root, 'older', 'checkpoint'), join(folderOf('a'), 'checkpoint'));

  it('as its checkpoint alone shows by what its writer noted', () => {
    grown();
    oldCheckpoint();
    expect(verdicts()).toMatchObject({ a: { status: 'inconsistent', kind: 'truncated' } });
  });

  it('as a whole shows by the ratchet, and by it alone', () => {
    grown();
    rmSync(folderOf('a'), { recursive: true });
    cpSync(join(root, 'older'), folderOf('a'), { recursive: true });
    expect(verdicts()).toMatchObject({ a: { status: 'consistent', size: 300 } });
    expect(verdicts({ kept: kept() })).toMatchObject({
      a: { status: 'inconsistent', kind: 'truncated', index: 300, count: 301 },
    });
  });

  it('shows by entries far beyond its checkpoint, without anything else', () => {
    write('a', numbered(10));
    cpSync(folderOf('a'), join(root, 'older'), { recursive: true });
    write('a', numbered(17_000, 11), 10);
    oldCheckpoint();
    rmSync(join(folderOf('a'), 'writer-state'));
    expect(verdicts()).toMatchObject({ a: { status: 'inconsistent', kind: 'truncated' } });
  }, 60_000);

  it('or that is gone shows by the ratchet', () => {
    grown();
    write('b', numbered(2));
    rmSync(folderOf('a'), { recursive: true });
    expect(verdicts()).not.toHaveProperty('a');
    expect(verdicts({ kept: kept() })).toMatchObject({
      a: { status: 'inconsistent', kind: 'truncated', count: 601 },
      b: { status: 'consistent' },
    });
  });

  it('needs a ratchet that is there: without it the folder is `config/unreadable`', () => {
    expect(kept).toThrow(expect.objectContaining({ code: 'config/unreadable' }));
  });

  it('is not guessed at over a damaged ratchet', () => {
    mkdirSync(join(root, 'keys'), { recursive: true });
    writeFileSync(join(root, 'keys', 'a.ratchet'), 'bailiwick ratchet 1\n{}\nno\n');
    expect(kept).toThrow(expect.objectContaining({ code: 'store/keys-unreadable' }));
  });
});

describe('a directory of the logs', () => {
  const directoryOf = (name: string) => join(logs(), 'main', 'directory', name);
  function noting(writers: Readonly<Record<string, number>>, name = 'control-1'): void {
    const heads = Object.keys(writers).map((writer) => {
      const bytes = readFileSync(join(folderOf(writer), 'checkpoint'));
      const { origin, size, root: hash } = parseCheckpointText(parseNote(bytes).text);
      return { origin, size, root: Buffer.from(hash).toString('hex') };
    });
    const log = openLogWriter({
      folder: directoryOf(name),
      origin: `audit.example.com/main/directory/${name}`,
      signer,
    });
    const details = { part: 1, parts: 1, logs: heads };
    const bytes = canonicalBytes({
      id: newId(1),
      tenant: 'main',
      type: 'log.directory',
      sequence: 1,
      details,
    });
    log.append('cd'.repeat(16), [{ kind: 'leaf', bytes, position: { segment: 1, offset: 100 } }]);
    log.publish();
  }

  it('finds a log that is gone, without anything but the folder [AUD-03]', () => {
    for (const writer of ['a', 'b']) write(writer, numbered(5));
    noting({ a: 5, b: 5 });
    expect(verifyLogs(logs()).status).toBe('consistent');
    rmSync(folderOf('b'), { recursive: true });
    expect(verdicts()).toMatchObject({
      a: { status: 'consistent' },
      b: { status: 'inconsistent', kind: 'truncated', index: 0, count: 5 },
    });
    expect(verifyLogs(logs()).status).toBe('inconsistent');
  });

  it('tells a log that people accepted to be gone as that, up to how long it was [AUD-03]', () => {
    for (const writer of ['a', 'b']) write(writer, numbered(5));
    noting({ a: 5, b: 5 });
    rmSync(folderOf('b'), { recursive: true });
    const accept = (noted: number, at: number) =>
      write(
        'a',
        [
          {
            type: 'log.missing-accepted',
            sequence: at,
            time: '2026-11-27T08:00:00.000Z',
            actors: [{ kind: 'human', name: 'maria' }],
            details: { origin: originOf('b'), noted, reason: 'disk lost' },
          },
        ],
        at - 1,
      );
    accept(4, 6);
    expect(verdicts()).toMatchObject({ b: { status: 'inconsistent', kind: 'truncated' } });
    accept(5, 7);
    expect(verdicts()).toMatchObject({
      b: {
        status: 'consistent',
        kind: 'accepted',
        message: 'missing, accepted by maria on 2026-11-27T08:00:00.000Z: 5 records',
      },
    });
    expect(verifyLogs(logs()).status).toBe('consistent');
    // Whoever remembers more of it misses it still.
    const kept = [{ origin: originOf('b'), size: 6 }];
    expect(verdicts({ kept })).toMatchObject({ b: { status: 'inconsistent' } });
  });

  it('finds a log that was put back, or written anew under the same key [AUD-03]', () => {
    write('a', numbered(5));
    cpSync(folderOf('a'), join(root, 'older'), { recursive: true });
    write('a', numbered(5, 6), 5);
    noting({ a: 10 });
    rmSync(folderOf('a'), { recursive: true });
    cpSync(join(root, 'older'), folderOf('a'), { recursive: true });
    expect(verdicts()).toMatchObject({
      a: { status: 'inconsistent', kind: 'truncated', index: 5, count: 5 },
    });
    rmSync(folderOf('a'), { recursive: true });
    rmSync(join(root, 'keys'), { recursive: true });
    write('a', numbered(12).with(3, { type: 'gateway.refused', sequence: 4 }));
    expect(verdicts()).toMatchObject({
      a: {
        status: 'inconsistent',
        kind: 'fork',
        message: expect.stringContaining('the directory of the logs remembers') as string,
      },
    });
  });

  it('that is gone itself is named by the log that speaks of it', () => {
    const origin = 'audit.example.com/main/directory/control-1';
    write('a', [{ type: 'log.opened', sequence: 1, details: { origin, is: 'directory' } }]);
    noting({ a: 1 });
    expect(verifyLogs(logs()).status).toBe('consistent');
    rmSync(directoryOf('control-1'), { recursive: true });
    expect(verdicts()).toMatchObject({
      'control-1': { status: 'inconsistent', kind: 'truncated', origin },
    });
  });

  it('asks for no other log when it is looked at alone', () => {
    write('a', numbered(5));
    noting({ a: 5 });
    expect(verifyLogs(directoryOf('control-1')).status).toBe('consistent');
    expect(verifyLogs(join(logs(), 'main', 'directory')).status).toBe('consistent');
  });
});

describe('a log that somebody else remembers', () => {
  /** The same records whenever they are written. */
  const named = (count: number, first = 1): Said[] =>
    numbered(count, first).map((one, i) => ({ ...one, id: `record-${first + i}` }));
  const witness = { name: 'auditor.example/w1', ...makeSigner() };
  const witnesses = [witnessVkey(witness.name, witness.publicKey)];
  const checkpoint = () => readFileSync(join(folderOf('a'), 'checkpoint'), 'utf8');
  const cosign = () => {
    const note = checkpoint();
    const line = cosignatureLine(parseNote(Buffer.from(note)).text, witness, 1_790_000_000);
    writeFileSync(join(folderOf('a'), 'witnessed'), note + line);
  };
  const rewritten = (at: number, count: number) => {
    rmSync(folderOf('a'), { recursive: true });
    rmSync(join(root, 'keys'), { recursive: true });
    write('a', named(count).with(at, { type: 'gateway.refused', sequence: at + 1 }));
  };
  const linesOf = (...notes: readonly string[]) => {
    const path = join(root, 'cosigned.log');
    const heads = notes.map((note) => parseCheckpointText(parseNote(Buffer.from(note)).text));
    const lines = heads.map(
      ({ origin, size, root: hash }) =>
        `2026-11-27T05:00:00Z ${origin} ${size} ${Buffer.from(hash).toString('base64')}\n`,
    );
    writeFileSync(path, lines.join(''));
    return readSavedHeads(path);
  };

  it('says up to where: witnessed to, or unwitnessed since [AUD-03]', () => {
    write('a', named(300));
    expect(verdicts({ witnesses })).toMatchObject({ a: { status: 'consistent', witnessedTo: 0 } });
    cosign();
    expect(verdicts({ witnesses })).toMatchObject({
      a: { status: 'witnessed', witnessedTo: 300, witnesses: [witness.name] },
    });
    expect(verdicts()).toMatchObject({ a: { status: 'consistent', witnessedTo: 0 } });
    expect(verdicts({ witnesses, quorum: 2 })).toMatchObject({ a: { status: 'consistent' } });
    write('a', named(20, 301), 300);
    expect(verdicts({ witnesses })).toMatchObject({
      a: { status: 'consistent', size: 320, witnessedTo: 300 },
    });
  });

  it('cannot be rewritten with its own key: what was cosigned stands beside it [AUD-03]', () => {
    write('a', named(300));
    cosign();
    const kept = readFileSync(join(folderOf('a'), 'witnessed'));
    rewritten(7, 310);
    expect(verdicts({ witnesses })).toMatchObject({ a: { status: 'consistent', witnessedTo: 0 } });
    writeFileSync(join(folderOf('a'), 'witnessed'), kept);
    expect(verdicts({ witnesses })).toMatchObject({
      a: { status: 'inconsistent', kind: 'fork', index: 0, count: 300 },
    });
  });

  it('names where the first divergence is, as closely as it was remembered [AUD-03]', () => {
    const notes: string[] = [];
    for (const [count, from] of [
      [100, 0],
      [50, 100],
      [50, 150],
      [1, 200],
    ] as const) {
      write('a', named(count, from + 1), from);
      notes.push(checkpoint());
    }
    rewritten(160, 201);
    expect(verdicts()).toMatchObject({ a: { status: 'consistent' } });
    expect(verdicts({ kept: linesOf(...notes) })).toMatchObject({
      a: { status: 'inconsistent', kind: 'fork', index: 150, count: 50 },
    });
    const saved = join(root, 'saved');
    writeFileSync(saved, notes[2] ?? '');
    expect(verdicts({ kept: readSavedHeads(saved) })).toMatchObject({
      a: { status: 'inconsistent', kind: 'fork', index: 0, count: 200 },
    });
  });

  it('is not guessed at over a file that says neither', () => {
    const path = join(root, 'odd');
    writeFileSync(path, 'this is not it\n');
    expect(() => readSavedHeads(path)).toThrow(
      expect.objectContaining({ code: 'audit/proof-invalid' }),
    );
    expect(() => readSavedHeads(join(root, 'none'))).toThrow(
      expect.objectContaining({ code: 'config/unreadable' }),
    );
  });
});
