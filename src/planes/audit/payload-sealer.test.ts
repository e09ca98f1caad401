import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { createPayloadSealer } from './payload-sealer.ts';

const body = Buffer.from('{"customer":"C-20931"}');
const refused = expect.objectContaining({ code: 'credentials/unwrap-failed' });

describe('sealed bodies', () => {
  it('open alone with the keyring, also by another process', async () => {
    const keyring = new FakeKeyring();
    const clock = new ManualClock();
    const { bytes } = (await createPayloadSealer({ keyring, clock })).seal('main', body);
    expect(bytes.includes('C-20931')).toBe(false);
    const another = await createPayloadSealer({ keyring, clock });
    expect(await another.open('main', bytes)).toEqual(body);
  });

  it('open for no other tenant, under no other keyring, and not when a bit was changed', async () => {
    const clock = new ManualClock();
    const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
    const stranger = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
    const { bytes } = sealer.seal('main', body);
    await expect(sealer.open('other', bytes)).rejects.toEqual(refused);
    await expect(stranger.open('main', bytes)).rejects.toEqual(refused);
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(sealer.open('main', changed)).rejects.toEqual(refused);
      await expect(sealer.open('main', bytes.subarray(0, at))).rejects.toEqual(refused);
    }
  });

  it('use each nonce once, and a new key after an hour', async () => {
    const clock = new ManualClock();
    const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
    const first = sealer.seal('main', body);
    const second = sealer.seal('main', body);
    expect(second.key).toBe(first.key);
    expect(second.bytes.equals(first.bytes)).toBe(false);
    expect(sealer.seal('other', body).key).not.toBe(first.key);
    clock.advance(3_600_000);
    const later = sealer.seal('main', body);
    expect(later.key).not.toBe(first.key);
    for (const { bytes } of [first, second, later])
      expect(await sealer.open('main', bytes)).toEqual(body);
  });
});
