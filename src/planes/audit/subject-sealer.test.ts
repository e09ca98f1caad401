import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakePayloadKeys } from '../../../test/fakes/fake-payload-keys.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createRecorder } from './recorder.ts';

const body = Buffer.from('move what customer C-20931 asked for');
const refused = expect.objectContaining({ code: 'credentials/unwrap-failed' });
const erased = expect.objectContaining({
  code: 'audit/erased',
  details: expect.objectContaining({ record: 'r', at: '1970-01-01T00:00:00.000Z' }),
});
const clock = new ManualClock();

async function world() {
  const [keyring, keys] = [new FakeKeyring(), new FakePayloadKeys()];
  return { keyring, keys, sealer: await createPayloadSealer({ keyring, clock, keys }) };
}

describe('bodies of a subject', () => {
  it('name a random handle and no subject, and open in another process with the key book', async () => {
    const { keyring, keys, sealer } = await world();
    const first = await sealer.sealFor('main', 'ann@corp', body);
    const second = await sealer.sealFor('main', 'ann@corp', body);
    expect(first.key).toMatch(/^[0-9a-f]{32}$/);
    expect(second.key).toBe(first.key);
    expect(second.bytes.equals(first.bytes)).toBe(false);
    expect((await sealer.sealFor('main', 'bob@corp', body)).key).not.toBe(first.key);
    for (const plain of ['ann@corp', 'C-20931']) expect(first.bytes.includes(plain)).toBe(false);
    const another = await createPayloadSealer({ keyring, clock, keys });
    expect(await another.open('main', first.bytes)).toEqual(body);
  });

  it('open never again once the key is destroyed; those of others, and of none, still do', async () => {
    const { keys, sealer } = await world();
    const of = async (subject: string) => (await sealer.sealFor('main', subject, body)).bytes;
    const [ann, bob] = [await of('ann'), await of('bob')];
    const plain = sealer.seal('main', body).bytes;
    const handle = (await keys.of('main', 'ann'))?.handle ?? '';
    await keys.destroy({ tenant: 'main', handle, record: 'r', now: 0 });
    await expect(sealer.open('main', ann)).rejects.toEqual(erased);
    const anew = await of('ann');
    await expect(sealer.open('main', ann)).rejects.toEqual(erased);
    for (const bytes of [anew, bob, plain]) expect(await sealer.open('main', bytes)).toEqual(body);
  });

  it('open for no other tenant, under no other keyring or handle, and not when a bit was changed', async () => {
    const { keys, sealer } = await world();
    const { bytes, key } = await sealer.sealFor('main', 'ann', body);
    const row = await keys.of('main', 'ann');
    if (row === undefined) throw new Error('no key was kept');
    await keys.keep({ tenant: 'other', subject: 'ann', key: row, now: 0 });
    await expect(sealer.open('other', bytes)).rejects.toEqual(refused);
    const stranger = await createPayloadSealer({ keyring: new FakeKeyring(), clock, keys });
    await expect(stranger.open('main', bytes)).rejects.toEqual(refused);
    const moved = { handle: 'f'.repeat(32), wrappedKey: row.wrappedKey };
    await keys.keep({ tenant: 'main', subject: 'eve', key: moved, now: 0 });
    const renamed = Buffer.from(bytes.toString('hex').replace(key, moved.handle), 'hex');
    await expect(sealer.open('main', renamed)).rejects.toEqual(refused);
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(sealer.open('main', changed)).rejects.toEqual(refused);
      await expect(sealer.open('main', bytes.subarray(0, at))).rejects.toEqual(refused);
    }
  });

  it('are in no log when their key cannot be kept: then it is not on record', async () => {
    const draft = draftOf('task.begun', { task: 't' });
    const away = new FakePayloadKeys();
    away.keep = () => Promise.reject(new Error('the store is away'));
    for (const keys of [undefined, away]) {
      const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock, keys });
      const journal = new FakeJournal();
      const recorder = createRecorder({ journal, clock, writer: 'w', sealer });
      await expect(recorder.record(draft, body, { subject: 'ann' })).rejects.toMatchObject({
        code: 'audit/unavailable',
      });
      expect(journal.frames).toEqual([]);
    }
  });

  it('open for no program without a key book', async () => {
    const { keyring, sealer } = await world();
    const { bytes } = await sealer.sealFor('main', 'ann', body);
    const without = await createPayloadSealer({ keyring, clock });
    await expect(without.open('main', bytes)).rejects.toEqual(refused);
  });

  it('leave no key behind when what they stand beside is no record', async () => {
    const { keys, sealer } = await world();
    const recorder = createRecorder({ journal: new FakeJournal(), clock, writer: 'w', sealer });
    const draft = { ...draftOf('task.begun', { task: 't' }), actors: [] };
    await expect(recorder.record(draft, body, { subject: 'ann' })).rejects.toThrow();
    expect(await keys.of('main', 'ann')).toBeUndefined();
  });
});
