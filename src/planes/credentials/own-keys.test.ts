import { describe, expect, it } from 'vitest';
import type { SealedSecret } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeSecretBook } from '../../../test/fakes/fake-secret-book.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { createSecretOpener } from './envelope.ts';
import { createSecretKeys } from './secret-keys.ts';
import { createVault } from './vault.ts';

const canary = `canary-${'k'.repeat(24)}`;
const erased = expect.objectContaining({ code: 'audit/erased' });

async function setUp() {
  const keyring = new FakeKeyring();
  const wrappers = { main: await keyring.wrapper('main'), other: await keyring.wrapper('other') };
  const tenants = new FakeTenantKeys((tenant) => wrappers[tenant === 'main' ? 'main' : 'other']);
  const book = new FakeSecretBook();
  const record = async () => undefined;
  const parts = { keyring, book, recorder: { record, owe: record }, clock: new ManualClock() };
  const earlier = createVault(parts);
  const vault = createVault({ ...parts, tenants });
  const shared = await keyring.wrapper('vault');
  const put = (into: typeof vault, tenant = 'main', name = 'billing') =>
    into.put({ tenant, name, value: Buffer.from(canary), by: 'ada' });
  const destroy = (tenant: string) => tenants.destroy({ tenant, record: 'r', at: 1 });
  return { book, earlier, vault, shared, tenants, put, destroy };
}

describe('a secret', () => {
  it('is under the key of its tenant, and opens nowhere once that is destroyed [DAT-02]', async () => {
    const { vault, shared, tenants, put, destroy } = await setUp();
    const [own, other] = [await put(vault), await put(vault, 'other')];
    const opener = createSecretOpener(shared, tenants);
    expect(opener.open('main', own)).toBe(canary);
    expect(() => createSecretOpener(shared).open('main', own)).toThrow();
    expect(() => opener.open('other', own)).toThrow();
    destroy('main');
    // Another program, or this one after a restart.
    expect(() => createSecretOpener(shared, tenants).open('main', own)).toThrow(erased);
    await expect(put(vault)).rejects.toEqual(erased);
    expect(createSecretOpener(shared, tenants).open('other', other)).toBe(canary);
  });

  it('that was opened before opens for a second at most once the key of its tenant is destroyed [DAT-02]', async () => {
    const { shared, tenants, destroy } = await setUp();
    let now = 0;
    const keys = createSecretKeys(shared, tenants, () => now);
    keys.checkThere('main');
    destroy('main');
    now = 999;
    keys.checkThere('main');
    now = 1_000;
    expect(() => keys.checkThere('main')).toThrow(erased);
    expect(() => keys.checkThere('main')).toThrow(erased);
    keys.checkThere('other');
  });

  it('of an earlier version is wrapped anew, tenant by tenant, and what does not unwrap is left and told [DAT-02]', async () => {
    const { book, earlier, vault, shared, tenants, put, destroy } = await setUp();
    const before = [
      await put(earlier),
      await put(earlier, 'other'),
      await put(earlier, 'main', 'b'),
    ];
    const broken: SealedSecret = { ...before[2]!, wrappedKey: before[0]!.wrappedKey };
    await book.put({ tenant: 'main', secret: broken });
    const left: string[] = [];
    const rewrap = () =>
      vault.rewrap({ tenants: ['main', 'other'], left: (...of) => left.push(of.join('/')) });
    expect(await rewrap()).toBe(2);
    expect(left).toEqual(['main/b']);
    const [b, billing] = (await book.list('main')).toSorted((a, z) => (a.name < z.name ? -1 : 1));
    expect(b).toEqual(broken);
    expect(billing?.wrappedKey).toMatch(/^tenant:/u);
    expect(createSecretOpener(shared, tenants).open('main', billing!)).toBe(canary);
    expect(await rewrap()).toBe(0);
    // What an earlier version wrapped does not open either.
    destroy('main');
    expect(() => createSecretOpener(shared, tenants).open('main', before[0]!)).toThrow(erased);
  });
});
