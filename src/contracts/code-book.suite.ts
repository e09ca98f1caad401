import { describe, expect, it } from 'vitest';
import type { AuthorizationCode } from './code-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const graceMs = 10;

/** The promises of `contracts/code-book`. */
export function describeCodeBook(name: string, make: MakeStore): void {
  describe(`the code book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.codes;
    const of = (tenant: string, digest: string): AuthorizationCode => ({
      tenant,
      digest,
      client: 'cursor',
      redirectUri: 'cursor://callback',
      challenge: 'c',
      resource: 'http://127.0.0.1:4000/mcp',
      effects: ['read'],
      consent: 'consent-1',
      isNew: true,
      document: 'cursor',
      agent: 'coder',
      session: 's',
      until: 1_000,
      expiresAt: 100,
    });
    const spend = (tenant: string, digest: string, now = 50) =>
      book().spend({ tenant, digest, now });

    it('gives what stands behind a code to one of all who come with it', async () => {
      const tenant = newTenant();
      await book().put(of(tenant, 'd'));
      expect(await spend(newTenant(), 'd')).toEqual({ kind: 'unknown' });
      const all = await Promise.all(Array.from({ length: 8 }, () => spend(tenant, 'd')));
      expect(all.filter(({ kind }) => kind === 'spent')).toEqual([
        { kind: 'spent', code: of(tenant, 'd') },
      ]);
      expect(all.filter(({ kind }) => kind === 'replayed')).toHaveLength(7);
      expect(await spend(tenant, 'other')).toEqual({ kind: 'unknown' });
    });

    it('knows what a code gave when somebody comes with it again, and that somebody came', async () => {
      const tenant = newTenant();
      await book().put(of(tenant, 'd'));
      await spend(tenant, 'd');
      expect(await book().gave({ tenant, digest: 'd', delegation: 'x' })).toBe(true);
      expect(await spend(tenant, 'd')).toEqual({ kind: 'replayed', delegation: 'x' });
      await book().put(of(tenant, 'e'));
      await spend(tenant, 'e');
      await spend(tenant, 'e');
      expect(await book().gave({ tenant, digest: 'e', delegation: 'y' })).toBe(false);
    });

    it('gives nothing for a code whose time is over', async () => {
      const tenant = newTenant();
      await book().put(of(tenant, 'd'));
      expect(await spend(tenant, 'd', 100)).toEqual({ kind: 'unknown' });
    });

    const family = (tenant: string) => ({
      tenant,
      delegation: 'x',
      client: 'cursor',
      thumbprint: undefined,
      until: 5_000,
    });
    const turn = async (tenant: string, digest: string, next: string, now: number) =>
      (await book().turn({ tenant, digest, next, now, graceMs })).kind;

    it('turns a refresh token once, and knows who comes with an old one [IDN-05]', async () => {
      const tenant = newTenant();
      await book().begin(family(tenant), 'r1', 0);
      expect(await book().familyOf(tenant, 'r1')).toEqual(family(tenant));
      expect(await book().familyOf(newTenant(), 'r1')).toBeUndefined();
      expect(await turn(tenant, 'r1', 'r2', 100)).toBe('turned');
      expect(await turn(tenant, 'r2', 'r3', 200)).toBe('turned');
      // Two turns old, however soon.
      expect(await turn(tenant, 'r1', 'x', 200)).toBe('reused');
      expect(await turn(tenant, 'r2', 'x', 200 + graceMs + 1)).toBe('reused');
      expect(await turn(tenant, 'unknown', 'x', 200)).toBe('unknown');
      expect(await book().familyOf(tenant, 'r3')).toEqual(family(tenant));
    });

    it('takes the one before again for a moment: its answer may have been lost', async () => {
      const tenant = newTenant();
      await book().begin(family(tenant), 'r1', 0);
      expect(await turn(tenant, 'r1', 'r2', 100)).toBe('turned');
      expect(await turn(tenant, 'r1', 'r2b', 100 + graceMs)).toBe('turned');
      // Both are of the same turn: once one has moved on, the other is an old one.
      expect(await turn(tenant, 'r2b', 'r3', 300)).toBe('turned');
      expect(await turn(tenant, 'r2', 'x', 300 + graceMs + 1)).toBe('reused');
      // A clock that went back makes nothing young.
      expect(await turn(tenant, 'r2', 'x', 299)).toBe('reused');
    });
  });
}
