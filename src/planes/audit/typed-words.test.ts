import { describe, expect, it } from 'vitest';
import { commitment } from '#kernel/digest.ts';
import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { recordTypes, type RecordDraft, type RecordEnvelope } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakePayloadKeys } from '../../../test/fakes/fake-payload-keys.ts';
import { parseRecord } from './parse-record.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createRecorder } from './recorder.ts';
import { openTyped, typedFieldsOf } from './typed-words.ts';

const words = 'she is Mrs Canary-4711';
const human = (name: string) => ({ kind: 'human', name }) as const;
const act = (more: Partial<RecordDraft> = {}): RecordDraft => ({
  type: 'identity.person-changed',
  tenant: 'main',
  actors: [human('ann')],
  details: { name: 'bob', reason: words },
  ...more,
});

async function world() {
  const [clock, keys] = [new ManualClock(), new FakePayloadKeys()];
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock, keys });
  const journal = new FakeJournal();
  const recorder = createRecorder({ journal, clock, writer: 'w', sealer, sealsTyped: true });
  const leaves = () => journal.leaves.map((bytes) => Buffer.from(bytes).toString('utf8'));
  const newest = (): RecordEnvelope => parseRecord(Buffer.from(leaves().at(-1) ?? ''));
  return {
    keys,
    sealer,
    recorder,
    leaves,
    newest,
    read: () => openTyped(sealer, newest()),
    erase: async (subject: string) => {
      const handle = (await keys.of('main', subject))?.handle ?? '';
      await keys.destroy({ tenant: 'main', handle, record: 'r', now: 0 });
    },
  };
}

describe('words that people type', () => {
  it('stand in no leaf, and are read as they were typed [AUD-19]', async () => {
    const { recorder, leaves, newest, read } = await world();
    await recorder.record(act());
    await recorder.recordAll([act(), act({ details: { reason: 'ü'.repeat(1_000) } })]);
    expect(leaves().join('')).not.toContain('Canary');
    expect((await read()).details?.['reason']).toBe('ü'.repeat(1_000));
    expect(newest().details).toEqual({
      reason: {
        sealed: expect.any(String),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/u),
        bytes: 2_000,
        whose: [expect.stringMatching(/^[0-9a-f]{32}$/u)],
      },
    });
  });

  it('have a salted commitment, which nobody can try guesses against [AUD-19]', async () => {
    const { recorder, newest } = await world();
    const digests = new Set<unknown>([commitment(Buffer.alloc(0), words)]);
    for (const _ of [1, 2]) {
      await recorder.record(act());
      const { reason } = newest().details ?? {};
      digests.add(isJsonObject(reason ?? null) ? (reason as JsonObject)['sha256'] : undefined);
    }
    expect(digests.size).toBe(3);
  });

  it.each(['ann', 'bob', 'eve'])(
    'go with the key of %s: of who typed it, of whom the act names, of whom it is about [AUD-19]',
    async (subject) => {
      const { recorder, read, erase } = await world();
      await recorder.record(act(), undefined, { about: ['eve'] });
      expect((await read()).details).toEqual({ name: 'bob', reason: words });
      await erase(subject);
      const { reason } = (await read()).details ?? {};
      expect(reason).toEqual({ erased: 'r', sha256: expect.any(String), bytes: words.length });
    },
  );

  it('that do not open, or are not those that were committed to, stay as they stand [AUD-19]', async () => {
    const { recorder, newest, sealer } = await world();
    await recorder.record(act());
    const record = newest();
    const kept = record.details?.['reason'] as { sealed: string; whose: string[] };
    for (const other of [
      { ...kept, sealed: kept.sealed.replace(/.{8}$/u, 'AAAAAAAA') },
      { ...kept, sha256: '0'.repeat(64) },
      { ...kept, whose: Array.from({ length: 1_000_000 }, () => kept.whose[0] ?? '') },
      { ...kept, sealed: '', whose: [] },
    ]) {
      const changed = { ...record, details: { ...record.details, reason: other } };
      expect((await openTyped(sealer, changed)).details?.['reason']).toBe(other);
    }
    const plain = { ...record, details: { reason: 'of an earlier version' } };
    expect(await openTyped(sealer, plain)).toBe(plain);
  });

  it('that cannot be sealed are not on record; what takes something away has their commitment alone', async () => {
    const { recorder, keys, leaves, newest } = await world();
    keys.of = () => Promise.reject(new Error('the store is away'));
    await expect(recorder.record(act())).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(leaves()).toEqual([]);
    await recorder.record(act({ type: 'identity.person-removed' }));
    expect(newest().details?.['reason']).toMatchObject({ sealed: '', whose: [], bytes: 22 });
    expect(leaves().join('')).not.toContain('Canary');
  });

  it('are of acts of people alone: what a program says, and why something stands still, is plain', async () => {
    const { recorder, leaves } = await world();
    await recorder.record(act({ actors: [human('ann'), { kind: 'agent', name: 'a' }] }));
    await recorder.record(act({ actors: [{ kind: 'system', name: 'system/config' }] }));
    await recorder.record(act({ type: 'stop.set', details: { reason: words } }));
    expect(leaves().every((leaf) => leaf.includes(words))).toBe(true);
    const plain = recordTypes.filter((type) => typedFieldsOf(act({ type })).length === 0);
    expect(plain).toEqual([
      'lifecycle.agent-suspended',
      'lifecycle.agent-resumed',
      'lifecycle.instance-revoked',
      'tool.quarantined',
      'stop.set',
      'stop.released',
      'log.missing-accepted',
    ]);
  });
});
