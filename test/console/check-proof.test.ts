import { describe, expect, it } from 'vitest';
import { logVkey, parseVkey, TileLogReader } from '#tlog/index.ts';
import { checkProof } from '../../console/app/check-proof.ts';
import { makeSigner, MemoryLog } from '../conformance/tlog-memory-log.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const vkey = logVkey(origin, signer.publicKey);
const recordOf = (at: number) => ({
  schema: 2,
  id: `record-${at}`,
  type: 'api.read',
  details: { b: at, a: [1, '\u202E'] },
});
const leafOf = (at: number) => Buffer.from(JSON.stringify(recordOf(at)));

function givenAt(at: number, size: number) {
  const leaves = Array.from({ length: size }, (_, one) => leafOf(one));
  const log = new MemoryLog().append(...leaves).publish(origin, signer);
  const reader = new TileLogReader({ read: log.read, trust: { log: parseVkey(vkey) } });
  const proof = Buffer.from(reader.proof(at)).toString('utf8');
  return { proof, leaf: leafOf(at).toString('base64'), vkey, record: recordOf(at) };
}

const answers = async (given: Parameters<typeof checkProof>[0]) =>
  (await checkProof(given)).steps.map(({ isTrue }) => isTrue);

describe('a proof, in the browser', () => {
  it('is true of every record of logs of many sizes, whatever the order of its members', async () => {
    for (const [at, size] of [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
      [6, 7],
      [255, 256],
      [256, 257],
      [299, 700],
    ] as const) {
      const given = givenAt(at, size);
      expect(await answers(given)).toEqual([true, true, true]);
      const { schema, id, type, details } = recordOf(at);
      expect(await answers({ ...given, record: { details, type, id, schema } })).toEqual([
        true,
        true,
        true,
      ]);
    }
  });

  it('says which step is not so: another record, leaf, place, root, key or signature', async () => {
    const given = givenAt(2, 7);
    const other = givenAt(3, 7);
    expect(await answers({ ...given, record: other.record })).toEqual([false, true, true]);
    expect(await answers({ ...given, leaf: other.leaf, record: other.record })).toEqual([
      true,
      false,
      true,
    ]);
    expect(await answers({ ...given, proof: given.proof.replace('index 2', 'index 3') })).toEqual([
      true,
      false,
      true,
    ]);
    const stranger = logVkey(origin, makeSigner().publicKey);
    expect(await answers({ ...given, vkey: stranger })).toEqual([true, true, false]);
    expect(await answers({ ...given, vkey: undefined })).toEqual([true, true, false]);
    const renamed = given.proof.replace(`\n\n${origin}\n7`, `\n\n${origin}\n8`);
    expect((await checkProof({ ...given, proof: renamed })).isTrue).toBe(false);
    for (const proof of [
      '',
      'c2sp.org/tlog-proof@v1',
      given.proof.slice(0, 80),
      'x'.repeat(200_000),
    ]) {
      expect((await checkProof({ ...given, proof })).isTrue).toBe(false);
    }
  });
});
