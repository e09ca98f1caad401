import { hashSize, nodeHash, sameHash } from './hash.ts';
import { largestPowerBelow, type TileTree } from './tree.ts';

/** RFC 6962 §2.1.1: the hashes from the sibling of the leaf up to the child of the root. */
export function inclusionProof(tree: TileTree, index: number): Uint8Array[] {
  if (!isIndex(index) || index >= tree.size) throw new RangeError('index outside the tree');
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = tree.size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      proof.push(tree.rangeHash(middle, end));
      end = middle;
    } else {
      proof.push(tree.rangeHash(start, middle));
      start = middle;
    }
  }
  return proof.toReversed();
}

/** RFC 6962 §2.1.2: shows that the tree of size `from` is a prefix of this tree. */
export function consistencyProof(tree: TileTree, from: number): Uint8Array[] {
  if (!isIndex(from) || from > tree.size) throw new RangeError('size outside the tree');
  if (from === 0 || from === tree.size) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = tree.size;
  while (from !== end) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      proof.push(tree.rangeHash(middle, end));
      end = middle;
    } else {
      proof.push(tree.rangeHash(start, middle));
      start = middle;
    }
  }
  if (start > 0) proof.push(tree.rangeHash(start, end));
  return proof.toReversed();
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.3.2. False for anything that is not exactly the right proof. */
export function verifyInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  if (!isIndex(claim.index) || !isIndex(claim.size) || claim.index >= claim.size) return false;
  if (!allHashes([claim.leaf, claim.root, ...proof])) return false;
  let node = claim.index;
  let last = claim.size - 1;
  let hash = claim.leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(hash, claim.root);
}

export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.4.2. The empty tree is a prefix of every tree and needs no proof. */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const { fromSize, size } = claim;
  if (!isIndex(fromSize) || !isIndex(size) || fromSize > size) return false;
  if (!allHashes([claim.fromRoot, claim.root, ...proof])) return false;
  if (fromSize === size) return proof.length === 0 && sameHash(claim.fromRoot, claim.root);
  if (fromSize === 0) return proof.length === 0;
  return walkConsistency(claim, proof);
}

function walkConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const path = isPowerOfTwo(claim.fromSize) ? [claim.fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let node = claim.fromSize - 1;
  let last = claim.size - 1;
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let from = first;
  let to = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      from = nodeHash(hash, from);
      to = nodeHash(hash, to);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      to = nodeHash(to, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(from, claim.fromRoot) && sameHash(to, claim.root);
}

/** Sizes pass 2^31, so no bit operators here. */
function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function isPowerOfTwo(value: number): boolean {
  return value === 1 || largestPowerBelow(value) * 2 === value;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function allHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === hashSize);
}
