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

  it('are handed out, all of them, and again when more has come', () => {
    const grown = log();
    const reader = new TileLogReader({ read: grown.read, trust });
    const all = () => reader.provenRange(0, 2_000).map(({ bytes }) => Buffer.from(bytes));
    expect(all()).toEqual(numbered(700));
    expect(all()).toEqual(numbered(700));
    grown.append(...numbered(100, 700)).publish(origin, signer);
    expect(all()).toEqual(numbered(800));
    expect(reader.provenRange(300, 302).map(({ index }) => index)).toEqual([300, 301]);
  });

  it.each([0, 1, 2])('are refused where bundle %i and its tile were changed together', (bundle) => {
    const changed = log();
    const reader = new TileLogReader({ read: changed.read, trust });
    // Once as it was, so that it is remembered as proved.
    expect(reader.provenRange(0, 700)).toHaveLength(700);
    forged(changed, bundle);
    const at = bundle * 256;
    expect(() => reader.provenRange(at, at + 1)).toThrow('do not belong to the signed checkpoint');
    const fresh = new TileLogReader({ read: changed.read, trust });
    expect(() => fresh.provenRange(at, at + 1)).toThrow('do not belong to the signed checkpoint');
  });
});

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
