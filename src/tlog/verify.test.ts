import { describe, expect, it } from 'vitest';
import { makeSigner, MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { leafHash } from './hash.ts';
import { cosignatureLine, logVkey, parseVkey, witnessVkey } from './note.ts';
import { encodePacked, packPath } from './pack.ts';
import { recordIdOf } from './record-id.ts';
import { bundlePath, encodeBundle, encodeTile, tilePath } from './tile.ts';
import { type LogVerdict, verifyLogFolder } from './verify.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const trust = { log: parseVkey(logVkey(origin, signer.publicKey)) };
const size = 1000;
const make = (entries = numbered(size)): MemoryLog =>
  new MemoryLog().append(...entries).publish(origin, signer);
const verify = (log: MemoryLog, options: object = {}): LogVerdict =>
  verifyLogFolder(log.read, { trust, list: log.list, ...options });

/** Rewrites bundle 1 (records 256 to 511); with `tiles`, its lowest tile too. */
function rewrite(
  log: MemoryLog,
  change: (entries: Uint8Array[]) => Uint8Array[],
  tiles = false,
): MemoryLog {
  const entries = change(log.entries.slice(256, 512));
  log.files.set(bundlePath(1), encodeBundle(entries));
  if (tiles) log.files.set(tilePath(0, 1), encodeTile(entries.map(leafHash)));
  return log;
}

describe('checking a whole log', () => {
  it('finds a log consistent at any size, and says that nobody witnessed it', () => {
    for (const count of [0, 1, 255, 256, 257, 512, 1000]) {
      expect(verify(make(numbered(count)))).toMatchObject({
        status: 'consistent',
        size: count,
        witnesses: [],
      });
    }
  });

  it('says witnessed only when a trusted witness cosigned this very head', () => {
    const log = make();
    const witness = { name: 'witness.example/w1', ...makeSigner() };
    const witnesses = [parseVkey(witnessVkey(witness.name, witness.publicKey))];
    const note = Buffer.from(log.read('checkpoint') ?? []).toString('utf8');
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    log.files.set('checkpoint', Buffer.from(note + cosignatureLine(text, witness, 1_790_000_000)));
    expect(verify(log)).toMatchObject({ status: 'consistent' });
    expect(verify(log, { trust: { ...trust, witnesses } })).toMatchObject({
      status: 'witnessed',
      witnesses: [witness.name],
    });
  });

  it.each<[string, (entries: Uint8Array[]) => Uint8Array[], number]>([
    ['edited', (entries) => entries.with(44, Buffer.from('{"n":0}')), 300],
    ['removed', (entries) => [...entries.toSpliced(44, 1), Buffer.from('{}')], 300],
    ['inserted', (entries) => entries.toSpliced(44, 0, Buffer.from('{}')).slice(0, 256), 300],
    [
      'moved',
      (entries) =>
        entries.with(44, entries[45] ?? Buffer.alloc(0)).with(45, entries[44] ?? Buffer.alloc(0)),
      300,
    ],
  ])('names the first record that was %s [AUD-03]', (_what, change, index) => {
    expect(verify(rewrite(make(), change))).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'entry', index },
    });
    expect(verify(rewrite(make(), change, true))).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'tile', index: 256, count: 256 },
    });
  });

  it('notices a bundle that became shorter or longer', () => {
    expect(verify(rewrite(make(), (entries) => entries.slice(1)))).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'missing-file', index: 256 },
    });
    expect(
      verify(rewrite(make(), (entries) => [...entries, ...entries.slice(0, 1)])),
    ).toMatchObject({
      status: 'inconsistent',
    });
  });

  it('notices a whole log made new without the key', () => {
    const forged = new MemoryLog().append(...numbered(size).with(300, Buffer.from('{}')));
    forged.files.set('checkpoint', make().read('checkpoint') ?? Buffer.alloc(0));
    expect(verify(forged)).toMatchObject({ status: 'inconsistent', problem: { kind: 'root' } });
    forged.publish(origin, makeSigner());
    expect(verify(forged)).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'checkpoint' },
    });
  });

  it('notices a fork and a truncation, made with the key, by a head kept elsewhere', () => {
    const before = make(numbered(700));
    const known = [{ size: 700, root: before.tree.root() }];
    expect(verify(make(), { known })).toMatchObject({ status: 'consistent' });
    const fork = make(numbered(size).with(300, Buffer.from('{}')));
    expect(verify(fork)).toMatchObject({ status: 'consistent' });
    expect(verify(fork, { known })).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'fork' },
    });
    expect(verify(make(numbered(600)), { known })).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'truncated', index: 600, count: 100 },
    });
  });

  it('notices every missing file, and every single flipped byte of the files that the head needs', () => {
    const clean = make(numbered(520));
    const needed = [...clean.files.keys()].filter(
      (path) => verify(without(clean, path)).status === 'inconsistent',
    );
    expect(needed.sort()).toEqual([
      'checkpoint',
      'tile/0/000',
      'tile/0/001',
      'tile/0/002.p/8',
      'tile/1/000.p/2',
      'tile/entries/000',
      'tile/entries/001',
      'tile/entries/002.p/8',
    ]);
    const survivors: string[] = [];
    for (const path of needed) {
      const bytes = clean.read(path) ?? new Uint8Array();
      for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 60)) {
        const copy = without(clean, path);
        copy.files.set(path, bytes.with(at, (bytes[at] ?? 0) ^ 0x10));
        if (verify(copy).status !== 'inconsistent') survivors.push(`${path}@${at}`);
      }
    }
    expect(survivors).toEqual([]);
  });

  it('notices a sealed body that is not what its name says', () => {
    const log = make(numbered(3));
    const body = Buffer.from('sealed');
    log.files.set(`payload/${sha256Hex(body)}`, body);
    expect(verify(log)).toMatchObject({ status: 'consistent', payloads: 1 });
    log.files.set(packPath(0), Buffer.concat([encodePacked(body), encodePacked(Buffer.from('b'))]));
    expect(verify(log)).toMatchObject({ status: 'consistent', payloads: 3 });
    const packed = log.read(packPath(0)) ?? new Uint8Array();
    for (const at of packed.keys()) {
      const copy = make(numbered(3));
      copy.files.set(packPath(0), packed.with(at, (packed[at] ?? 0) ^ 1));
      expect(verify(copy)).toMatchObject({ status: 'inconsistent', problem: { kind: 'payload' } });
    }
    log.files.set(`payload/${sha256Hex(body)}`, Buffer.from('other'));
    expect(verify(log)).toMatchObject({ status: 'inconsistent', problem: { kind: 'payload' } });
  });

  it('names the record whose sealed body is gone, unless bodies are not asked for', () => {
    const bodies = [0, 1, 2].map((n) => Buffer.from(`body ${n}`));
    const digests = bodies.map((body) => sha256Hex(body));
    const log = make([
      Buffer.from('{"details":"\\"payload\\":"}'),
      ...digests.map((sha256) =>
        Buffer.from(`{"payload":{"bytes":6,"key":"k","sha256":"${sha256}"}}`),
      ),
    ]);
    log.files.set(packPath(0, 4), Buffer.concat(bodies.slice(0, 2).map(encodePacked)));
    expect(verify(log)).toMatchObject({
      status: 'inconsistent',
      problem: { kind: 'payload', index: 3 },
    });
    expect(verify(log, { bodies: 'ignore' })).toMatchObject({ status: 'consistent', payloads: 2 });
    log.files.set(`payload/${digests[2]}`, bodies[2] ?? Buffer.alloc(0));
    expect(verify(log)).toMatchObject({ status: 'consistent', payloads: 3 });
  });
});

function without(log: MemoryLog, path: string): MemoryLog {
  const copy = new MemoryLog();
  for (const [name, bytes] of log.files) if (name !== path) copy.files.set(name, bytes);
  return copy;
}

describe('the id of a record', () => {
  const id = '019a0c4c-5900-7000-8000-000000000011';

  it('is the one at the top, not one inside', () => {
    const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
    expect(
      recordIdOf(bytes(`{"a":{"id":"x"},"b":["\\"id\\":\\"y\\"",1],"id":"${id}","z":1}`)),
    ).toBe(id);
    expect(recordIdOf(bytes(`{"id":"${id}"}`))).toBe(id);
    for (const text of [
      '',
      '{}',
      '[1]',
      '{"id":1}',
      `{"a":{"id":"${id}"}}`,
      '{"id":"short"}',
      '{"id":"',
    ]) {
      expect(recordIdOf(bytes(text))).toBeUndefined();
    }
    expect(recordIdOf(bytes(`{"a":"\\\\","id":"${id}"}`))).toBe(id);
  });
});
