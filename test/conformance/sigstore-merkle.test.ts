import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLogEntryWithInclusionProof } from '@sigstore/bundle';
import { verifyCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js';
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogWriter } from '#storage/tiles/index.ts';
import { inclusionProof, logVkey, readBundle, TileTree } from '#tlog/index.ts';
import { seeded } from '../fakes/seeded.ts';
import { makeSigner } from './tlog-memory-log.ts';

/**
 * The log before code that we did not write and that npm itself relies on: Sigstore's checkpoints and Merkle proofs. It
 * has no proofs between sizes; those are held against Go (`tlog-go.test.ts`).
 */
const folder = mkdtempSync(join(tmpdir(), 'tlog-sigstore-'));
const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const count = 1_000;
const read = (path: string) => {
  try {
    return readFileSync(join(folder, path));
  } catch {
    return undefined;
  }
};

const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), signer.publicKey]);
const authority = {
  logID: Buffer.from(logVkey(origin, signer.publicKey).split('+')[1] ?? '', 'hex'),
  publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  baseURL: `https://${origin}`,
  validFor: { start: new Date(0), end: new Date(8.64e15) },
};

interface Claim {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: string;
}

/** As both of Sigstore's checks are made of one entry. */
function check({ index, entry, hashes, checkpoint }: Claim): void {
  const claimed = {
    canonicalizedBody: Buffer.from(entry),
    inclusionProof: {
      logIndex: String(index),
      hashes: hashes.map((hash) => Buffer.from(hash)),
      checkpoint: { envelope: checkpoint },
    },
  } as unknown as TLogEntryWithInclusionProof;
  verifyMerkleInclusion(claimed, verifyCheckpoint(claimed, [authority]));
}

function claimOf(index: number): Claim {
  const entry = readBundle(read, Math.floor(index / 256), Math.min(256, count - (index & ~255)));
  return {
    index,
    entry: entry[index % 256] ?? new Uint8Array(0),
    hashes: inclusionProof(new TileTree(read, count), index),
    checkpoint: read('checkpoint')?.toString('utf8') ?? '',
  };
}

beforeAll(() => {
  const writer = openLogWriter({ folder, origin, signer });
  const frames = Array.from({ length: count }, (_, n) => ({
    kind: 'leaf' as const,
    bytes: Buffer.from(`{"n":${n}}`, 'utf8'),
    position: { segment: 1, offset: 4_096 + n * 64 },
  }));
  writer.append('ab'.repeat(16), frames);
  writer.publish();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the Merkle code of Sigstore, as npm has it', () => {
  it('accepts the checkpoint and the proof of every record [AUD-03, AUD-22]', () => {
    for (let index = 0; index < count; index += 1) check(claimOf(index));
    expect(() => check(claimOf(count - 1))).not.toThrow();
  });

  it('refuses every one of a thousand edits of record, place, proof and checkpoint [AUD-03]', () => {
    const random = seeded(20_261);
    const below = (most: number) => Math.floor(random() * most);
    const flip = (bytes: Uint8Array) => {
      const own = Buffer.from(bytes);
      const at = below(own.length);
      own[at] = (own[at] ?? 0) ^ (1 << below(8));
      return own;
    };
    const edits: readonly ((claim: Claim) => Claim)[] = [
      (claim) => ({ ...claim, entry: flip(claim.entry) }),
      (claim) => ({ ...claim, index: (claim.index + 1 + below(count - 1)) % count }),
      (claim) => {
        const at = below(claim.hashes.length);
        return { ...claim, hashes: claim.hashes.map((one, i) => (i === at ? flip(one) : one)) };
      },
      (claim) => ({ ...claim, hashes: claim.hashes.slice(1) }),
      (claim) => {
        // Whatever is changed of what was signed: origin, size and root.
        const [text = '', rest = ''] = claim.checkpoint.split('\n\n');
        return { ...claim, checkpoint: `${flip(Buffer.from(text)).toString('latin1')}\n\n${rest}` };
      },
    ];
    for (let round = 0; round < 1_000; round += 1) {
      const edit = edits[round % edits.length] ?? ((claim: Claim) => claim);
      const claim = edit(claimOf(below(count)));
      expect(() => check(claim), JSON.stringify(claim)).toThrow();
    }
  });
});
