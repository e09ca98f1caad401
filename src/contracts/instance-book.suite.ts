import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/instance-book`. */
export function describeInstanceBook(name: string, make: MakeStore): void {
  describe(`the instance book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.instances;
    const now = () => store().clock.now();
    const addToken = (tenant: string, tokenDigest: string) =>
      book().addJoinToken({
        tenant,
        agent: 'bot',
        tokenDigest,
        createdBy: 'ann',
        expiresAt: now() + 600_000,
      });
    const enrol = (tokenDigest: string, instance: string, thumbprint = `thumb-${instance}`) =>
      book().enrol({
        tokenDigest,
        instance,
        thumbprint,
        jwk: { kty: 'OKP', crv: 'Ed25519', x: thumbprint },
        now: now(),
      });

    it('enrols one key with one token, for the agent that the token names [IDN-01]', async () => {
      const tenant = newTenant();
      await addToken(tenant, `${tenant}-t`);
      const enrolled = await enrol(`${tenant}-t`, `${tenant}-i`);
      expect(enrolled).toMatchObject({ tenant, agent: 'bot', revokedAt: undefined });
      expect(await book().byThumbprint(`thumb-${tenant}-i`)).toEqual(enrolled);
      expect(await book().list(tenant)).toEqual([enrolled]);
      expect(await book().list(tenant, 'other')).toEqual([]);
      expect(await book().list(newTenant())).toEqual([]);
      expect(await book().ofAgents(tenant, ['other', 'bot'])).toEqual([enrolled]);
      expect(await book().ofAgents(tenant, ['other'])).toEqual([]);
      expect(await book().ofAgents(tenant, [])).toEqual([]);
      expect(await book().ofAgents(newTenant(), ['bot'])).toEqual([]);
      expect(await book().listAll()).toContainEqual(enrolled);
    });

    it('spends a token once when many come with it', async () => {
      const tenant = newTenant();
      await addToken(tenant, `${tenant}-t`);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => enrol(`${tenant}-t`, `${tenant}-i${i}`)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const one of results) {
        if (one.status === 'rejected') {
          expect(one.reason).toMatchObject({ code: 'identity/join-token-invalid' });
        }
      }
      expect(await book().list(tenant)).toHaveLength(1);
    });

    it('refuses a token that is unknown or past its time', async () => {
      const tenant = newTenant();
      const refused = { code: 'identity/join-token-invalid' };
      await expect(enrol('no-such-token', `${tenant}-i`)).rejects.toMatchObject(refused);
      await addToken(tenant, `${tenant}-t`);
      store().clock.advance(600_000);
      await expect(enrol(`${tenant}-t`, `${tenant}-i`)).rejects.toMatchObject(refused);
    });

    it('says for whom a join token would serve, and spends nothing by it', async () => {
      const tenant = newTenant();
      await addToken(tenant, `${tenant}-t`);
      const open = () => book().openJoinToken(`${tenant}-t`, now());
      expect([await open(), await open()]).toEqual(
        Array.from({ length: 2 }, () => ({ tenant, agent: expect.any(String) })),
      );
      await enrol(`${tenant}-t`, `${tenant}-i`);
      expect(await open()).toBeUndefined();
      expect(await book().openJoinToken('no-such-token', now())).toBeUndefined();
      const late = newTenant();
      await addToken(late, `${late}-t`);
      store().clock.advance(24 * 3_600_000);
      expect(await book().openJoinToken(`${late}-t`, now())).toBeUndefined();
    });

    it('takes a key once and for ever, and does not spend a token on it', async () => {
      const tenant = newTenant();
      const other = newTenant();
      await addToken(tenant, `${tenant}-t`);
      await addToken(other, `${other}-t`);
      const { thumbprint } = await enrol(`${tenant}-t`, `${tenant}-i`);
      await book().revoke(tenant, `${tenant}-i`, now());
      await expect(enrol(`${other}-t`, `${other}-i`, thumbprint)).rejects.toMatchObject({
        code: 'identity/key-in-use',
      });
      expect((await enrol(`${other}-t`, `${other}-i`)).tenant).toBe(other);
    });

    it('revokes for good, at the first moment, in its own tenant only', async () => {
      const tenant = newTenant();
      await addToken(tenant, `${tenant}-t`);
      await enrol(`${tenant}-t`, `${tenant}-i`);
      expect(await book().revoke(newTenant(), `${tenant}-i`, now())).toBeUndefined();
      const at = now();
      expect((await book().revoke(tenant, `${tenant}-i`, at))?.revokedAt).toBe(at);
      store().clock.advance(5);
      expect((await book().revoke(tenant, `${tenant}-i`, now()))?.revokedAt).toBe(at);
    });

    it('keeps unbound bearers until they have expired, each in its own tenant', async () => {
      const tenant = newTenant();
      const token = (instance: string) => ({
        tenant,
        agent: 'support',
        instance: `${tenant}-${instance}`,
        issuedBy: 'ann',
        issuedAt: now(),
        expiresAt: now() + 1_000,
      });
      await book().noteUnbound(token('a'));
      store().clock.advance(999);
      await book().noteUnbound(token('b'));
      expect((await book().unbound(tenant)).map(({ instance }) => instance)).toEqual([
        `${tenant}-a`,
        `${tenant}-b`,
      ]);
      expect(await book().unbound(newTenant())).toEqual([]);
      expect(await book().revokeUnbound(newTenant(), `${tenant}-b`, now())).toBeUndefined();
      const at = now();
      expect((await book().revokeUnbound(tenant, `${tenant}-b`, at))?.revokedAt).toBe(at);
      store().clock.advance(1);
      expect((await book().revokeUnbound(tenant, `${tenant}-b`, now()))?.revokedAt).toBe(at);
      await book().noteUnbound(token('c'));
      expect(await book().unbound(tenant)).toMatchObject([
        { instance: `${tenant}-b`, agent: 'support', issuedBy: 'ann', revokedAt: at },
        { instance: `${tenant}-c`, revokedAt: undefined },
      ]);
    });

    it('remembers an assertion until it has expired, whatever others claim', async () => {
      const expiresAt = now() + 60_000;
      const results = await Promise.all(
        Array.from({ length: 20 }, () => book().rememberAssertion('thumb', 'jti-1', expiresAt)),
      );
      expect(results.filter((fresh) => fresh)).toHaveLength(1);
      expect(await book().rememberAssertion('other', 'jti-1', expiresAt)).toBe(true);
      await book().rememberAssertion('other', 'jti-far', now() + 1e12);
      expect(await book().rememberAssertion('thumb', 'jti-1', expiresAt)).toBe(false);
    });
  });
}
