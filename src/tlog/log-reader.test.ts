import { describe, expect, it } from 'vitest';
import { makeSigner, MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { TileLogReader } from './log-reader.ts';
import { cosignatureLine, logVkey, parseNote, parseVkey, witnessVkey } from './note.ts';
import { parseProofFile, verifyProofFile } from './proof-file.ts';
import { leafHash } from './hash.ts';
import { bundlePath, encodeBundle, encodeTile, tilePath } from './tile.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const witness = { name: 'auditor.example/w1', ...makeSigner() };
const trust = { log: parseVkey(logVkey(origin, signer.publicKey)) };
const witnesses = [parseVkey(witnessVkey(witness.name, witness.publicKey))];

/** Of 400 records, of which a witness cosigned the first 300. */
function grown(): MemoryLog {
  const log = new MemoryLog().append(...numbered(300)).publish(origin, signer);
  const note = Buffer.from(log.read('checkpoint') ?? []);
  const line = cosignatureLine(parseNote(note).text, witness, 1_790_000_000);
  log.files.set('witnessed', Buffer.concat([note, Buffer.from(line)]));
  return log.append(...numbered(100, 300)).publish(origin, signer);
}

const proofOf = (log: MemoryLog, index: number) =>
  new TileLogReader({ read: log.read, trust }).proof(index);

describe('records under the signed head', () => {
  const log = () => new MemoryLog().append(...numbered(700)).publish(origin, signer);
  const forged = (from: MemoryLog, bundle: number) => {
    const width = Math.min(256, 700 - bundle * 256);
    const entries = numbered(width, bundle * 256);
    entries[3] = Buffer.from('{"n":"forged"}');
    from.files.set(bundlePath(bundle, width), encodeBundle(entries));
    from.files.set(tilePath(0, bundle, width), encodeTile(entries.map(leafHash)));
  };

  const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, i) => from + i);

  it('are handed out, all of them, in the order asked for, and again when more has come', () => {
    const grown = log();
    const reader = new TileLogReader({ read: grown.read, trust });
    const all = (indices: readonly number[]) =>
      reader.provenEntries(indices).map(({ bytes }) => Buffer.from(bytes));
    expect(all(upTo(2_000))).toEqual(numbered(700));
    expect(all(upTo(700).toReversed())).toEqual(numbered(700).toReversed());
    grown.append(...numbered(100, 700)).publish(origin, signer);
    expect(all(upTo(2_000))).toEqual(numbered(800));
    expect(all([799, 3, 3, 256, -1, 800])).toEqual(
      [799, 3, 3, 256].flatMap((index) => numbered(1, index)),
    );
  });

  it.each([0, 1, 2])('are refused where bundle %i and its tile were changed together', (bundle) => {
    const changed = log();
    const reader = new TileLogReader({ read: changed.read, trust });
    // Once as it was, so that it is remembered as proved.
    expect(reader.provenEntries(upTo(700))).toHaveLength(700);
    forged(changed, bundle);
    const at = bundle * 256;
    for (const one of [reader, new TileLogReader({ read: changed.read, trust })]) {
      for (const index of [at, at + 3]) {
        expect(() => one.provenEntries([index])).toThrow('do not belong to the signed checkpoint');
      }
    }
  });

  it('are read and hashed alone, once it is known where they lie [AUD-07]', () => {
    const { reader, counted } = counting(log());
    reader.provenEntries([5, 300]);
    expect(counted()).toEqual({ bundles: 2, parts: 0, tiles: 4, heads: 1 });
    const [found] = reader.provenEntries([17]);
    expect(Buffer.from(found?.bytes ?? [])).toEqual(numbered(1, 17)[0]);
    expect(counted()).toEqual({ bundles: 0, parts: 1, tiles: 1, heads: 1 });
    // Many of one bundle cost one reading of it.
    reader.provenEntries(upTo(200));
    expect(counted()).toEqual({ bundles: 1, parts: 0, tiles: 1, heads: 1 });
  });

  it('are looked for in the whole bundle where they are not where they were', () => {
    const moved = log();
    const { reader, counted } = counting(moved);
    const [bundle, tile] = [bundlePath(0), tilePath(0, 0)];
    const kept = [moved.files.get(bundle), moved.files.get(tile)] as const;
    const longer = [Buffer.from('{"n":"a longer one than it was"}'), ...numbered(255, 1)];
    moved.files.set(bundle, encodeBundle(longer));
    moved.files.set(tile, encodeTile(longer.map(leafHash)));
    expect(() => reader.provenEntries([9])).toThrow('do not belong to the signed checkpoint');
    moved.files.set(bundle, kept[0] ?? Buffer.alloc(0));
    moved.files.set(tile, kept[1] ?? Buffer.alloc(0));
    reader.provenEntries([9]);
    moved.files.set(bundle, encodeBundle(longer));
    counted();
    expect(Buffer.from(reader.provenEntries([9])[0]?.bytes ?? [])).toEqual(numbered(1, 9)[0]);
    expect(counted()).toMatchObject({ parts: 1, bundles: 1 });
    expect(() => reader.provenEntries([0])).toThrow('entry 0 does not hash to its place');
  });
});

/** What a reader reads, since it was last asked. */
function counting(log: MemoryLog) {
  const none = { bundles: 0, parts: 0, tiles: 0, heads: 0 };
  let counts = { ...none };
  const kindOf = (path: string) =>
    path.startsWith('tile/entries/') ? 'bundles' : path === 'checkpoint' ? 'heads' : 'tiles';
  const reader = new TileLogReader({
    read: (path) => {
      const found = log.read(path);
      if (found !== undefined) counts[kindOf(path)] += 1;
      return found;
    },
    readPart: (path, from, length) => {
      const found = log.read(path);
      if (found !== undefined) counts.parts += 1;
      return found?.subarray(from, from + length);
    },
    trust,
  });
  return {
    reader,
    counted: () => {
      const told = counts;
      counts = { ...none };
      return told;
    },
  };
}

describe('the proof of a record', () => {
  it('is under the head that witnesses cosigned, where that reaches so far', () => {
    const log = grown();
    for (const index of [0, 255, 256, 299]) {
      const proof = proofOf(log, index);
      const entry = log.entries[index] ?? Buffer.alloc(0);
      const checkpoint = verifyProofFile(proof, entry, { ...trust, witnesses });
      expect(checkpoint).toMatchObject({ size: 300, witnesses: [witness.name] });
    }
    expect(Buffer.from(parseProofFile(proofOf(log, 300)).checkpoint)).toEqual(
      Buffer.from(log.read('checkpoint') ?? []),
    );
  });

  it('is under the checkpoint where that head is of no use', () => {
    const log = grown();
    const head = Buffer.from(log.read('checkpoint') ?? []);
    for (const odd of [Buffer.from('x'), head.subarray(0, 40), Buffer.alloc(0)]) {
      log.files.set('witnessed', odd);
      expect(Buffer.from(parseProofFile(proofOf(log, 7)).checkpoint)).toEqual(head);
    }
    const other = new MemoryLog().append(...numbered(350, 1)).publish(origin, signer);
    log.files.set('witnessed', other.read('checkpoint') ?? Buffer.alloc(0));
    expect(Buffer.from(parseProofFile(proofOf(log, 7)).checkpoint)).toEqual(head);
  });
});
