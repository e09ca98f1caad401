import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSigner, MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { type BundleHint, decodeHint, encodeHint, hintBytes } from './bundle-hint.ts';
import { leafHash } from './hash.ts';
import { TileLogReader } from './log-reader.ts';
import { logVkey, parseVkey } from './note.ts';
import { bundlePath, encodeBundle, encodeTile, tilePath } from './tile.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const trust = { log: parseVkey(logVkey(origin, signer.publicKey)) };
const size = 1_000;

function hintFor(entries: readonly Uint8Array[]): Buffer {
  return encodeHint(entries.map((entry) => ({ bytes: entry.length, hash: leafHash(entry) })));
}

const rightly = (bundle: number) => hintFor(numbered(256, bundle * 256));

/** A log, a reader of it, and which whole files it read. */
function opened() {
  const log = new MemoryLog().append(...numbered(size)).publish(origin, signer);
  let whole: string[] = [];
  const reader = new TileLogReader({
    read: (path) => {
      const found = log.read(path);
      if (found !== undefined && /^tile\/(?:0|entries)\//.test(path)) whole.push(path);
      return found;
    },
    readPart: (path, from, length) => log.read(path)?.subarray(from, from + length),
    trust,
  });
  const read = (indices: readonly number[], hint: (bundle: number) => Uint8Array | undefined) => {
    whole = [];
    const of = (bundle: number): BundleHint | undefined => {
      const bytes = bundle < 3 ? hint(bundle) : undefined;
      return bytes && decodeHint(bytes);
    };
    const entries = reader.provenEntries(indices, of).map(({ bytes }) => Buffer.from(bytes));
    return { entries, whole };
  };
  return { log, read };
}

const expected = (indices: readonly number[]) => indices.flatMap((index) => numbered(1, index));

describe('a record that is looked for by a hint', () => {
  it('is found and proved without the rest of its bundle, the first time as well [AUD-07]', () => {
    const { read } = opened();
    const wanted = [3, 4, 250, 300, 767];
    const { entries, whole } = read(wanted, rightly);
    expect(entries).toEqual(expected(wanted));
    // Of level 0 the right edge alone, of which the signed root is made.
    expect(whole).toEqual([tilePath(0, 3, size - 768)]);
    expect(read([5, 700], rightly)).toEqual({ entries: expected([5, 700]), whole: [] });
  });

  it('is found without it where the hint is wrong, missing, or of another bundle', () => {
    const wanted = [0, 17, 255, 256, 999];
    const shifted = hintFor([...numbered(255, 1), ...numbered(1, 0)]);
    const longer = encodeHint(
      numbered(256).map((entry) => ({ bytes: entry.length + 9, hash: leafHash(entry) })),
    );
    const hints = [
      undefined,
      Buffer.alloc(0),
      Buffer.alloc(hintBytes),
      Buffer.alloc(hintBytes, 0xff),
      shifted,
      longer,
    ];
    for (const hint of hints)
      expect(opened().read(wanted, () => hint).entries).toEqual(expected(wanted));
  });

  it('is never another one than the signed head says, whatever a hint says [AUD-07]', () => {
    const bundles = numbered(3).map((_, bundle) => rightly(bundle));
    const damage = fc.record({
      bundle: fc.nat(2),
      at: fc.nat(hintBytes - 1),
      byte: fc.nat(255),
      wanted: fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 6 }),
    });
    const check = fc.property(damage, ({ bundle, at, byte, wanted }) => {
      const hint = Buffer.from(bundles[bundle] ?? []);
      hint[at] = byte;
      const { read } = opened();
      expect(read(wanted, (one) => (one === bundle ? hint : bundles[one])).entries).toEqual(
        expected(wanted),
      );
    });
    fc.assert(check, { seed: 7, numRuns: 60 });
  });

  it('is refused where its bundle, its tile and the hint were changed together [AUD-07]', () => {
    const { log, read } = opened();
    const entries = numbered(256, 256);
    entries[3] = Buffer.from('{"n":"forged"}');
    const forged = hintFor(entries);
    expect(read([259], rightly).entries).toEqual(expected([259]));
    log.files.set(bundlePath(1), encodeBundle(entries));
    log.files.set(tilePath(0, 1), encodeTile(entries.map(leafHash)));
    for (const one of [read, reopened(log)]) {
      expect(() => one([259], () => forged)).toThrow('do not belong to the signed checkpoint');
    }
    // An entry beside it is still the one that was signed for.
    log.files.set(tilePath(0, 1), encodeTile(numbered(256, 256).map(leafHash)));
    expect(() => read([259], rightly)).toThrow('does not hash to its place');
  });
});

function reopened(log: MemoryLog) {
  const reader = new TileLogReader({
    read: log.read,
    readPart: (path, from, length) => log.read(path)?.subarray(from, from + length),
    trust,
  });
  return (indices: readonly number[], hint: (bundle: number) => Uint8Array) =>
    reader.provenEntries(indices, (bundle) => decodeHint(hint(bundle)));
}
