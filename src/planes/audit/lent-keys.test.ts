import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakePayloadKeys } from '../../../test/fakes/fake-payload-keys.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { createLentKeys, lentHeadBytes } from './lent-keys.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createTenantWrapping } from './tenant-wrapping.ts';
import { nonceBytes } from './sealed-body.ts';

const body = Buffer.from('what customer C-20931 was told');
const erased = expect.objectContaining({ code: 'audit/erased' });
const tenMinutes = 600_000;

/** A book that can be away, and that counts what it is asked. */
class DistantKeys extends FakePayloadKeys {
  away = false;
  asked = 0;

  override async of(tenant: string, subject: string) {
    this.asked += 1;
    if (this.away) throw new BailiwickError('store/unavailable');
    return super.of(tenant, subject);
  }

  override async destroyedSince(tenant: string, after: number, most: number) {
    if (this.away) throw new BailiwickError('store/unavailable');
    return super.destroyedSince(tenant, after, most);
  }
}

async function world(most?: number) {
  const [keyring, keys, clock] = [new FakeKeyring(), new DistantKeys(), new ManualClock()];
  const own = new Map([
    ['main', await keyring.wrapper('main')],
    ['other', await keyring.wrapper('other')],
  ]);
  const tenants = new FakeTenantKeys((tenant) => own.get(tenant) as KeyringWrapper);
  const wrapping = createTenantWrapping(await keyring.wrapper('payload'), tenants);
  const lend = () =>
    createLentKeys({ wrapping, clock, keys, ...(most === undefined ? {} : { most }) });
  const control = await createPayloadSealer({ keyring, clock, keys, tenants });
  const destroy = async (subject: string) => {
    const handle = (await keys.of('main', subject))?.handle ?? '';
    await keys.destroy({ tenant: 'main', handle, record: 'r', now: 0 });
  };
  return { keyring, keys, clock, tenants, lend, control, destroy };
}

describe('keys that are lent to a gateway', () => {
  it('seal at once from the second body on, and open for control and for another gateway [AUD-10]', async () => {
    const { keyring, keys, clock, tenants, lend, control } = await world();
    const lent = lend();
    const first = await lent.seal('main', 'ann', body);
    const second = lent.seal('main', 'ann', body);
    if (second instanceof Promise) throw new Error('it asked again');
    expect(second.key).toBe((await keys.of('main', 'ann'))?.handle);
    const other = await createPayloadSealer({ keyring, clock, lent: keys, tenants });
    const third = await other.sealFor('main', 'ann', body);
    expect(third.key).toBe(first.key);
    for (const { bytes } of [first, second, third]) {
      for (const plain of ['C-20931', 'ann']) expect(bytes.includes(plain)).toBe(false);
      expect(await control.open('main', bytes)).toEqual(body);
      expect(await other.open('main', bytes)).toEqual(body);
      await expect(control.open('other', bytes)).rejects.toThrow();
    }
  });

  it('open not when a bit was changed, and no body is cut short', async () => {
    const { lend, control } = await world();
    const { bytes } = await lend().seal('main', 'ann', body);
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(control.open('main', changed)).rejects.toThrow();
      await expect(control.open('main', bytes.subarray(0, at))).rejects.toThrow();
    }
  });

  it('are dropped once they were destroyed; those of others stay [DAT-10]', async () => {
    const { lend, control, destroy, keys } = await world();
    const lent = lend();
    const ann = await lent.seal('main', 'ann', body);
    const bob = await lent.seal('main', 'bob', body);
    await destroy('ann');
    await lent.look();
    expect(lent.size).toBe(1);
    const asked = keys.asked;
    const anew = await lent.seal('main', 'ann', body);
    expect(keys.asked).toBe(asked + 1);
    expect(anew.key).not.toBe(ann.key);
    await expect(control.open('main', ann.bytes)).rejects.toEqual(erased);
    for (const { bytes } of [bob, anew]) expect(await control.open('main', bytes)).toEqual(body);
  });

  it('of a tenant whose own key is gone are dropped, and none is lent again [DAT-02]', async () => {
    const { lend, tenants } = await world();
    const lent = lend();
    for (const tenant of ['main', 'other']) await lent.seal(tenant, 'ann', body);
    tenants.destroy({ tenant: 'main', record: 'r', at: 0 });
    await lent.look();
    expect(lent.size).toBe(1);
    await expect(lent.seal('main', 'ann', body)).rejects.toEqual(erased);
    expect(lent.seal('other', 'ann', body)).not.toBeInstanceOf(Promise);
  });

  it('come back to nobody by an answer that was under way when they were destroyed', async () => {
    const { lend, keys, destroy } = await world();
    const lent = lend();
    await lent.seal('main', 'bob', body);
    await keys.keep({
      tenant: 'main',
      subject: 'ann',
      key: { handle: 'f'.repeat(32), wrappedKey: 'w' },
      now: 0,
    });
    const row = await keys.of('main', 'ann');
    let answer: (found: typeof row) => void = () => undefined;
    keys.of = () => new Promise((resolve) => (answer = resolve));
    const sealing = Promise.resolve(lent.seal('main', 'ann', body));
    keys.of = (tenant, subject) => FakePayloadKeys.prototype.of.call(keys, tenant, subject);
    await destroy('ann');
    await lent.look();
    answer(row);
    await expect(sealing).rejects.toMatchObject({ code: 'store/unavailable' });
    expect(lent.size).toBe(1);
  });

  it('that are here seal while control is away; what has none is not sealed [AUD-19]', async () => {
    const { lend, keys, clock } = await world();
    const lent = lend();
    await lent.fetchAhead('main', ['bot']);
    keys.away = true;
    clock.advance(tenMinutes - 1);
    await lent.look();
    expect(lent.seal('main', 'bot', body)).not.toBeInstanceOf(Promise);
    await expect(lent.seal('main', 'a user never seen', body)).rejects.toMatchObject({
      code: 'store/unavailable',
    });
    // Not fresh any more: it is asked for, and does while nobody answers.
    clock.advance(1);
    expect((await lent.seal('main', 'bot', body)).bytes.length).toBeGreaterThan(body.length);
    await lent.look();
    expect(lent.size).toBe(0);
    await expect(lent.seal('main', 'bot', body)).rejects.toThrow();
  });

  it('are so many and no more: the one that was not used for the longest goes', async () => {
    const { lend, keys } = await world(2);
    const lent = lend();
    for (const subject of ['ann', 'bob', 'ann', 'eve']) await lent.seal('main', subject, body);
    expect(lent.size).toBe(2);
    expect(lent.seal('main', 'ann', body)).not.toBeInstanceOf(Promise);
    const asked = keys.asked;
    await lent.seal('main', 'bob', body);
    expect(keys.asked).toBe(asked + 1);
    await lent.fetchAhead('main', ['x', 'y', 'z']);
    expect(lent.size).toBe(2);
    expect(lent.seal('main', 'bob', body)).not.toBeInstanceOf(Promise);
  });

  it('are asked for once, however many wait, and renewed before they are old', async () => {
    const { lend, keys, clock } = await world();
    const lent = lend();
    await Promise.all([1, 2, 3].map(async () => lent.seal('main', 'ann', body)));
    expect(keys.asked).toBe(1);
    await lent.fetchAhead('main', ['ann']);
    expect(keys.asked).toBe(1);
    clock.advance(tenMinutes / 2 + 1);
    await lent.fetchAhead('main', ['ann']);
    expect(keys.asked).toBe(2);
    clock.advance(tenMinutes / 2);
    expect(lent.seal('main', 'ann', body)).not.toBeInstanceOf(Promise);
  });

  it('use no nonce twice under one key, whatever processes begin, end, forget and renew', async () => {
    const step = fc.record({
      process: fc.nat(2),
      subject: fc.constantFrom('ann', 'bob'),
      act: fc.constantFrom('seal', 'seal', 'seal', 'begin anew', 'renew', 'destroy'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { lend, clock, destroy } = await world();
        const processes = [lend(), lend(), lend()];
        const used = new Set<string>();
        let sealed = 0;
        for (const { process, subject, act } of steps) {
          if (act === 'begin anew') processes[process] = lend();
          if (act === 'renew') clock.advance(tenMinutes);
          if (act === 'destroy') {
            await destroy(subject);
            await processes[process]?.look();
          }
          const made = await processes[process]?.seal('main', subject, body);
          if (made === undefined) continue;
          sealed += 1;
          // The head has handle and salt, which the key is made of: one head is one key.
          used.add(made.bytes.toString('hex', 0, lentHeadBytes + nonceBytes));
        }
        expect(used.size).toBe(sealed);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});
