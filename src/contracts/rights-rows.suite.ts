import { describe, expect, it } from 'vitest';
import type { RightsRow } from './rights-rows.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/rights-rows`. */
export function describeRightsRows(name: string, make: MakeStore): void {
  describe(`the rows of rights contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const now = () => store().clock.now();
    const ofTenant = async (tenant: string) =>
      (await store().authority.rights.all(now())).filter((row) => row.tenant === tenant);

    /** One of each kind, as the books of people write them. */
    async function furnished(): Promise<{ tenant: string; rows: readonly RightsRow[] }> {
      const { people, passkeys, apiTokens } = store().authority;
      const tenant = newTenant();
      const person = {
        tenant,
        name: 'ann',
        roles: ['admin', 'auditor'],
        eligible: ['privacy'],
      } as const;
      await people.addPerson({ person, credentialDigest: `${tenant}-c`, now: now() });
      const until = now() + 1_000;
      await people.elevate({ tenant, name: 'ann', role: 'privacy', reason: 'r', at: now(), until });
      const passkey = {
        credential: `${tenant}-k`,
        tenant,
        person: 'ann',
        name: 'key',
        publicKey: 'pk',
      };
      await passkeys.add({ ...passkey, counter: 3, transports: ['usb'], createdAt: now() });
      const token = { tenant, id: 't', name: 'ci', person: 'ann', roles: ['auditor'] } as const;
      const lasting = { session: undefined, attended: false, createdAt: now(), expiresAt: until };
      await apiTokens.add({ token: { ...token, ...lasting }, digest: `${tenant}-d` });
      return { tenant, rows: await ofTenant(tenant) };
    }

    it('tells all by which somebody is let in, whole, and nothing whose time is over', async () => {
      const { tenant, rows } = await furnished();
      const [at, person] = [now(), 'ann'];
      expect(rows).toEqual([
        {
          what: 'person',
          tenant,
          person,
          id: 'ann',
          body: {
            roles: ['auditor', 'admin'],
            eligible: ['privacy'],
            credential: `${tenant}-c`,
            createdAt: at,
          },
        },
        {
          what: 'elevation',
          tenant,
          person,
          id: 'privacy ann',
          body: { role: 'privacy', reason: 'r', at, until: at + 1_000 },
        },
        {
          what: 'passkey',
          tenant,
          person,
          id: `${tenant}-k`,
          body: { name: 'key', publicKey: 'pk', transports: ['usb'], createdAt: at },
        },
        {
          what: 'token',
          tenant,
          person,
          id: 't',
          body: {
            name: 'ci',
            roles: ['auditor'],
            digest: `${tenant}-d`,
            session: null,
            attended: false,
            createdAt: at,
            expiresAt: at + 1_000,
          },
        },
      ]);
      await store().authority.passkeys.use({ credential: `${tenant}-k`, counter: 9, now: 1 });
      await store().authority.apiTokens.use(`${tenant}-d`, now());
      expect(await ofTenant(tenant)).toEqual(rows);
      store().clock.advance(1_000);
      expect((await ofTenant(tenant)).map(({ what }) => what)).toEqual(['person', 'passkey']);
    });

    it('takes rows out and puts them in again as they were, also over what stands in their place', async () => {
      const { tenant, rows } = await furnished();
      const { rights, people, passkeys } = store().authority;
      await rights.replace({ drop: rows, put: [] });
      expect(await ofTenant(tenant)).toEqual([]);
      const taken = { tenant, name: 'eve', roles: ['admin'] } as const;
      await people.addPerson({ person: taken, credentialDigest: `${tenant}-c`, now: now() });
      const other = { credential: `${tenant}-k`, tenant: newTenant(), person: 'eve', name: 'key' };
      const rest = { publicKey: 'hers', counter: 0, transports: [], createdAt: now() };
      await passkeys.add({ ...other, ...rest });
      await rights.replace({ drop: [], put: rows });
      expect(await ofTenant(tenant)).toEqual(rows);
      await rights.replace({ drop: [], put: rows });
      expect(await ofTenant(tenant)).toEqual(rows);
      expect(await people.byCredential(`${tenant}-c`)).toMatchObject({ name: 'ann' });
      expect(await passkeys.byCredential(`${tenant}-k`)).toMatchObject({
        person: 'ann',
        counter: 0,
      });
    });
  });
}
