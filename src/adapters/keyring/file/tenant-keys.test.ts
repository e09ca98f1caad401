import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeTenantKeys } from '#contracts/tenant-keys.suite.ts';
import { FakeKeyring } from '../../../../test/fakes/fake-keyring.ts';
import { FakeTenantKeys } from '../../../../test/fakes/fake-tenant-keys.ts';
import { openTenantKeys } from './tenant-keys.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function world() {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-tenants-'));
  folders.push(folder);
  const wrapper = await new FakeKeyring().wrapper('tenants');
  return { folder, open: () => openTenantKeys({ folder: join(folder, 'tenants'), wrapper }) };
}

describeTenantKeys('a folder of files', async () => (await world()).open);

describeTenantKeys('the fake in memory', async () => {
  const keyring = new FakeKeyring();
  const wrappers = {
    main: await keyring.wrapper('main'),
    other: await keyring.wrapper('other'),
  } as const;
  const keys = new FakeTenantKeys((tenant) => wrappers[tenant === 'main' ? 'main' : 'other']);
  return () => keys;
});

describe('a key of a tenant in a file', () => {
  it('is in no file any more, bare or wrapped, once it is destroyed [DAT-02]', async () => {
    const { folder, open } = await world();
    open().wrapper('main');
    const path = join(folder, 'tenants', 'main.key');
    const bytes = readFileSync(path);
    open().destroy({ tenant: 'main', record: 'r', at: 0 });
    const names = readdirSync(join(folder, 'tenants'));
    expect(names).toEqual(['main.destroyed']);
    for (const name of names) {
      expect(readFileSync(join(folder, 'tenants', name)).includes(bytes.subarray(12, 28))).toBe(
        false,
      );
    }
  });

  it('is refused where it leads elsewhere, or was made by another keyring', async () => {
    const { folder, open } = await world();
    for (const tenant of ['..', 'a/b', '', 'A']) {
      expect(() => open().wrapper(tenant)).toThrow(
        expect.objectContaining({ code: 'store/keys-unreadable' }),
      );
    }
    open().wrapper('main');
    const wrapper = await new FakeKeyring().wrapper('tenants');
    const stranger = openTenantKeys({ folder: join(folder, 'tenants'), wrapper });
    expect(() => stranger.wrapper('main')).toThrow(
      expect.objectContaining({ code: 'credentials/unwrap-failed' }),
    );
  });
});
