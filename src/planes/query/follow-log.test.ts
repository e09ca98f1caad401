import { expect, it } from 'vitest';
import type { BundleHintBytes, IndexedLog, RecordIndex } from '#contracts/record-index.ts';
import { encodeHint, leafHash, logVkey, parseVkey, TileLogReader } from '#tlog/index.ts';
import { makeSigner, MemoryLog, numbered } from '../../../test/conformance/tlog-memory-log.ts';
import { followLog } from './follow-log.ts';

const origin = 'bailiwick.local/main/standard/g';
const signer = makeSigner();
const trust = { log: parseVkey(logVkey(origin, signer.publicKey)) };

/** An index that keeps how far it is and what it is told of bundles. */
function noted() {
  const hints = new Map<number, Uint8Array>();
  let known: Omit<IndexedLog, 'begins' | 'number'> | undefined;
  const index: RecordIndex = {
    logs: () => (known === undefined ? [] : [{ ...known, number: 1, begins: 0 }]),
    add(log, _, told: readonly BundleHintBytes[] = []) {
      known = log;
      for (const { bundle, bytes } of told) hints.set(bundle, bytes);
    },
    hint: (_, bundle) => hints.get(bundle),
    forget: () => undefined,
    places: () => [],
    has: () => false,
    count: () => 0,
    check: () => ({ postings: 0, isWhole: true }),
    close: () => undefined,
  };
  return { hints, index };
}

it.each([
  ['at once', [2_600]],
  ['by few records', [100, 255, 256, 257, 700, 1_023, 1_025, 2_600]],
])(
  'a log that grows %s leaves a hint of each bundle that is full, and of no other [AUD-07]',
  (_, sizes) => {
    const log = new MemoryLog();
    const { hints, index } = noted();
    const judge = { refused: () => false, isBackground: () => false };
    const parse = (): never => {
      throw new Error('what they say is of no matter here');
    };
    for (const size of sizes) {
      log
        .append(...numbered(size - log.entries.length, log.entries.length))
        .publish(origin, signer);
      const reader = new TileLogReader({ read: log.read, trust });
      for (;;) {
        const step = followLog({ index, parse, judge }, { tenant: 'main', origin, reader });
        if (step.kind !== 'taken') throw new Error(step.why);
        if (step.left === 0) break;
      }
    }
    expect([...hints.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [bundle, hint] of hints) {
      const entries = numbered(256, bundle * 256);
      const whole = encodeHint(entries.map((one) => ({ bytes: one.length, hash: leafHash(one) })));
      expect(Buffer.from(hint).equals(whole), `bundle ${bundle}`).toBe(true);
    }
  },
);
