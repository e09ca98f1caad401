import { describe, expect, it } from 'vitest';
import type { TenantKeys } from './tenant-keys.ts';

/** The promises of `contracts/tenant-keys`. `open`: the same keys again, as another process sees them. */
export function describeTenantKeys(name: string, make: () => Promise<() => TenantKeys>): void {
  describe(`the tenant key contract, kept by ${name}`, () => {
    const plain = Buffer.from('a data key');

    it('wraps for one tenant what no other unwraps, and another process does', async () => {
      const open = await make();
      const wrapped = open().wrapper('main').wrap(plain, 'c');
      expect(open().wrapper('main').unwrap(wrapped, 'c')).toEqual(plain);
      const refused = expect.objectContaining({ code: 'credentials/unwrap-failed' });
      expect(() => open().wrapper('other').unwrap(wrapped, 'c')).toThrow(refused);
      expect(() => open().wrapper('main').unwrap(wrapped, 'd')).toThrow(refused);
    });

    it('makes the same keyed digest of a text in any process, another for another tenant, and none once it is destroyed [DAT-02]', async () => {
      const open = await make();
      const made = open().mac('main', 'a digest');
      expect(made).toMatch(/^[0-9a-f]{64}$/);
      expect(open().mac('main', 'a digest')).toBe(made);
      expect(open().mac('main', 'another')).not.toBe(made);
      expect(open().mac('other', 'a digest')).not.toBe(made);
      open().destroy({ tenant: 'main', record: 'r', at: 7 });
      expect(() => open().mac('main', 'a digest')).toThrow(
        expect.objectContaining({ code: 'audit/erased' }),
      );
    });

    it('has no key of a tenant ever again once it is destroyed, in any process, and says why [DAT-02]', async () => {
      const open = await make();
      const [keys, before] = [open(), open()];
      const wrapped = keys.wrapper('main').wrap(plain, 'c');
      const others = keys.wrapper('other').wrap(plain, 'c');
      expect(keys.destroyed('main')).toBeUndefined();
      expect(keys.destroy({ tenant: 'main', record: 'r', at: 7 })).toBe(true);
      expect(keys.destroy({ tenant: 'main', record: 's', at: 8 })).toBe(false);
      for (const one of [keys, before, open()]) {
        expect(() => one.wrapper('main')).toThrow(
          expect.objectContaining({
            code: 'audit/erased',
            details: expect.objectContaining({ record: 'r' }),
          }),
        );
        expect(one.destroyed('main')).toEqual({ record: 'r', at: 7 });
        expect(one.wrapper('other').unwrap(others, 'c')).toEqual(plain);
      }
      expect(wrapped).toHaveLength(others.length);
    });

    it('destroys the key of a tenant that never had one', async () => {
      const open = await make();
      expect(open().destroy({ tenant: 'main', record: 'r', at: 7 })).toBe(true);
      expect(() => open().wrapper('main')).toThrow(
        expect.objectContaining({ code: 'audit/erased' }),
      );
    });
  });
}
