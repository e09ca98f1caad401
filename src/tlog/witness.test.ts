import { describe, expect, it } from 'vitest';
import { makeSigner, MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { logVkey, parseVkey, witnessVkey } from './note.ts';
import { consistencyProof } from './proof.ts';
import { TileTree } from './tree.ts';
import {
  cosignCheckpoint,
  encodeAddCheckpoint,
  mostProofLines,
  mostRequestBytes,
  parseAddCheckpoint,
  type WitnessAnswer,
  type WitnessedHead,
} from './witness.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const own = { name: 'witness.example/w1', ...makeSigner() };
const key = parseVkey(witnessVkey(own.name, own.publicKey));

/** A witness with its memory in a map; says when it was durable. */
function begin() {
  const kept = new Map<string, WitnessedHead>();
  const order: string[] = [];
  const memory = {
    keys: (of: string) => (of === origin ? [parseVkey(logVkey(origin, signer.publicKey))] : []),
    last: (of: string) => kept.get(of),
    keep: (head: WitnessedHead & { readonly origin: string }) => {
      order.push('kept');
      kept.set(head.origin, head);
    },
  };
  const sign = (bytes: Uint8Array) => {
    order.push('signed');
    return own.sign(bytes);
  };
  const witness = { memory, signer: { ...own, sign }, now: () => 1_790_000_000 };
  return { kept, order, ask: (bytes: Uint8Array) => cosignCheckpoint(bytes, witness) };
}

function request(log: MemoryLog, old: number, by = signer, name = origin): Uint8Array {
  const { size } = log.tree;
  const note = signCheckpoint({ origin: name, size, root: log.tree.root() }, by);
  const proof = old > size ? [] : consistencyProof(new TileTree(log.read, size), old);
  return Buffer.from(encodeAddCheckpoint({ old, proof, checkpoint: Buffer.from(note) }));
}

const logOf = (size: number, change?: number): MemoryLog =>
  new MemoryLog().append(
    ...numbered(size).map((entry, at) => (at === change ? Buffer.from('{}') : entry)),
  );

describe('a witness', () => {
  it('cosigns what goes on from what it cosigned, and remembers it before it signs', () => {
    const { ask, kept, order } = begin();
    for (const [old, size] of [
      [0, 3],
      [3, 3],
      [3, 300],
      [300, 1000],
    ] as const) {
      const asked = request(logOf(size), old);
      const answer = ask(asked);
      expect(answer).toMatchObject({ status: 200, head: { size } });
      const note = parseAddCheckpoint(asked).checkpoint;
      const lines = answer.status === 200 ? answer.lines : '';
      const cosigned = Buffer.concat([note, Buffer.from(lines)]);
      const trust = { log: parseVkey(logVkey(origin, signer.publicKey)), witnesses: [key] };
      expect(openCheckpoint(cosigned, trust).witnesses).toEqual([own.name]);
      expect(kept.get(origin)?.size).toBe(size);
    }
    expect(order).toEqual(['kept', 'signed', 'kept', 'signed', 'kept', 'signed', 'kept', 'signed']);
  });

  it('tells what it remembers when it was asked from somewhere else', () => {
    const { ask } = begin();
    expect(ask(request(logOf(300), 0))).toMatchObject({ status: 200 });
    for (const old of [0, 5, 299]) {
      expect(ask(request(logOf(400), old))).toEqual({ status: 409, size: 300 });
    }
    expect(ask(request(logOf(200), 200))).toEqual({ status: 409, size: 300 });
  });

  it('cosigns no other history of the same length, nor one that goes on from it [AUD-03]', () => {
    const { ask, kept, order } = begin();
    ask(request(logOf(300), 0));
    expect(ask(request(logOf(300, 7), 300))).toEqual({ status: 409, size: 300 });
    expect(ask(request(logOf(400, 7), 300))).toMatchObject({ status: 422 });
    expect(ask(request(logOf(400), 301))).toMatchObject({ status: 409 });
    expect(kept.get(origin)?.size).toBe(300);
    expect(order).toHaveLength(2);
  });

  it('knows its logs by origin and key', () => {
    const { ask } = begin();
    expect(ask(request(logOf(3), 0, makeSigner()))).toMatchObject({ status: 403 });
    expect(ask(request(logOf(3), 0, signer, 'another.example/log'))).toMatchObject({ status: 404 });
  });

  it.each<[string, (good: string) => string]>([
    ['nothing', () => ''],
    ['no size', (good) => good.slice(4)],
    ['a size with a zero before it', (good) => good.replace('old 0', 'old 00')],
    ['a size that is too large', (good) => good.replace('old 0', 'old 9999999999999999')],
    ['no empty line', (good) => good.replace('\n\n', '\n')],
    ['a hash that is cut short', (good) => good.replace('\n\n', '\nAAAA\n\n')],
    ['too many hashes', (good) => good.replace('\n\n', `\n${line.repeat(mostProofLines + 1)}\n`)],
    ['a checkpoint without signatures', (good) => good.slice(0, good.lastIndexOf('\n\n') + 1)],
    ['too much of it', (good) => good + '\u2014 x AAAAAAAA\n'.repeat(mostRequestBytes / 10)],
    ['a size that is larger than the log', (good) => good.replace('old 0', 'old 4')],
  ])('refuses as malformed: %s', (_what, change) => {
    const { ask, order } = begin();
    const good = Buffer.from(request(logOf(3), 0)).toString('utf8');
    expect(ask(Buffer.from(change(good)))).toMatchObject({
      status: 400,
    } satisfies Partial<WitnessAnswer>);
    expect(order).toEqual([]);
  });
});

const line = `${Buffer.alloc(32).toString('base64')}\n`;
