import { describe, expect, it } from 'vitest';
import { MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { emptyRoot, leafHash, nodeHash } from './hash.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proof.ts';
import {
  decodeBundle,
  encodeBundle,
  levelCount,
  tileIndexPath,
  tilePath,
  widthOf,
} from './tile.ts';
import { GrowingTree, TileTree } from './tree.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** RFC 6962 §2.1, word for word. */
function slowRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return emptyRoot;
  if (leaves.length === 1) return first;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(slowRoot(leaves.slice(0, k)), slowRoot(leaves.slice(k)));
}

const vectorLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => Buffer.from(text, 'hex'));

const vectorRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('the Merkle tree', () => {
  it('gives the well-known roots of the certificate transparency test tree', () => {
    const tree = new GrowingTree();
    expect(hex(tree.root())).toBe(vectorRoots[0]);
    for (const [i, leaf] of vectorLeaves.entries()) {
      tree.append(leafHash(leaf));
      expect(hex(tree.root())).toBe(vectorRoots[i + 1]);
    }
  });

  it('gives the well-known inclusion and consistency proofs of that tree', () => {
    const log = new MemoryLog().append(...vectorLeaves);
    const tree = new TileTree(log.read, 8);
    expect(inclusionProof(tree, 5).map(hex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(consistencyProof(tree, 6).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('has the same root grown, reloaded and read from tiles, at sizes around tile edges', () => {
    const entries = numbered(66_000);
    const leaves = entries.map(leafHash);
    const sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000];
    const log = new MemoryLog();
    for (const size of sizes) {
      log.append(...entries.slice(log.tree.size, size));
      const expected = hex(slowRoot(leaves.slice(0, size)));
      expect(hex(log.tree.root())).toBe(expected);
      expect(hex(GrowingTree.load(log.read, size).root())).toBe(expected);
      expect(hex(new TileTree(log.read, size).root())).toBe(expected);
    }
    for (const size of sizes) {
      expect(hex(new TileTree(log.read, size).root())).toBe(hex(slowRoot(leaves.slice(0, size))));
    }
  });
});

describe('proofs', () => {
  const max = 300;
  const leaves = numbered(max).map(leafHash);
  const log = new MemoryLog();
  for (const entry of numbered(max)) log.append(entry);
  const roots = Array.from({ length: max + 1 }, (_, n) => slowRoot(leaves.slice(0, n)));
  const root = (size: number): Uint8Array => roots[size] ?? emptyRoot;
  const leaf = (index: number): Uint8Array => leaves[index] ?? emptyRoot;

  it('proves every entry of every tree up to 300, and nothing else [AUD-03]', () => {
    let wrong = 0;
    for (let size = 1; size <= max; size += 1) {
      const tree = new TileTree(log.read, size);
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(tree, index);
        const claim = { index, size, leaf: leaf(index), root: root(size) };
        const other = (index + 1) % size;
        if (!verifyInclusion(claim, proof)) wrong += 1;
        if (size > 1 && verifyInclusion({ ...claim, index: other }, proof)) wrong += 1;
        if (size > 1 && verifyInclusion({ ...claim, leaf: leaf(other) }, proof)) wrong += 1;
        if (verifyInclusion({ ...claim, root: root(size - 1) }, proof)) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  }, 180_000);

  it('proves that every tree up to 300 grew from every smaller one, and nothing else [AUD-03]', () => {
    let wrong = 0;
    for (let size = 1; size <= max; size += 1) {
      const tree = new TileTree(log.read, size);
      for (let fromSize = 0; fromSize <= size; fromSize += 1) {
        const proof = consistencyProof(tree, fromSize);
        const claim = { fromSize, fromRoot: root(fromSize), size, root: root(size) };
        if (!verifyConsistency(claim, proof)) wrong += 1;
        if (verifyConsistency({ ...claim, root: root(size - 1) }, proof) && fromSize > 0)
          wrong += 1;
        if (fromSize > 0 && verifyConsistency({ ...claim, fromRoot: root(fromSize - 1) }, proof))
          wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  it('refuses a proof with any hash changed, dropped, doubled or cut short', () => {
    const tree = new TileTree(log.read, 300);
    const claim = { index: 77, size: 300, leaf: leaf(77), root: root(300) };
    const consistency = { fromSize: 77, fromRoot: root(77), size: 300, root: root(300) };
    const inclusion = inclusionProof(tree, 77);
    const growth = consistencyProof(tree, 77);
    const accepted = [
      ...mutants(inclusion).map((proof) => verifyInclusion(claim, proof)),
      ...mutants(growth).map((proof) => verifyConsistency(consistency, proof)),
    ];
    expect(accepted.length).toBeGreaterThan(40);
    expect(accepted).not.toContain(true);
  });

  it('refuses sizes and indexes that are no counts', () => {
    const claim = { index: 0, size: 1, leaf: leaf(0), root: root(1) };
    expect(verifyInclusion(claim, [])).toBe(true);
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(verifyInclusion({ ...claim, index: bad }, [])).toBe(false);
      expect(verifyInclusion({ ...claim, size: bad }, [])).toBe(false);
      expect(
        verifyConsistency({ fromSize: bad, fromRoot: root(1), size: 1, root: root(1) }, []),
      ).toBe(false);
    }
  });
});

function mutants(proof: readonly Uint8Array[]): Uint8Array[][] {
  const all: Uint8Array[][] = [[...proof, leafHash(Buffer.from('x'))], []];
  for (const [i, hash] of proof.entries()) {
    const flipped = Uint8Array.from(hash);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    all.push(proof.toSpliced(i, 1, flipped), proof.toSpliced(i, 1), proof.toSpliced(i, 0, hash));
    all.push(proof.toSpliced(i, 1, hash.subarray(1)));
  }
  return all;
}

describe('tile files', () => {
  it('names them as tlog-tiles does', () => {
    expect(tileIndexPath(0)).toBe('000');
    expect(tileIndexPath(1_234_067)).toBe('x001/x234/067');
    expect(tileIndexPath(1000)).toBe('x001/000');
    expect(tilePath(2, 273, 17)).toBe('tile/2/273.p/17');
  });

  it('has the widths that the specification gives for a tree of 70000', () => {
    expect(levelCount(70_000)).toBe(3);
    expect([widthOf(70_000, 0, 272), widthOf(70_000, 0, 273)]).toEqual([256, 112]);
    expect([widthOf(70_000, 1, 0), widthOf(70_000, 1, 1), widthOf(70_000, 2, 0)]).toEqual([
      256, 17, 1,
    ]);
    expect([widthOf(256, 0, 0), widthOf(256, 1, 0)]).toEqual([256, 1]);
  });

  it('reads back the entries of a bundle and refuses one that is cut', () => {
    const entries = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(65_535, 7)];
    const bytes = encodeBundle(entries);
    expect(decodeBundle(bytes).map(hex)).toEqual(entries.map(hex));
    expect(() => decodeBundle(bytes.subarray(0, -1))).toThrow(/outside the bundle/u);
    expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow(/larger/u);
  });
});
