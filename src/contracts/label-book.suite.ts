import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const all: readonly Label[] = [
  'integrity:untrusted',
  'confidentiality:secret',
  'confidentiality:personal',
  'confidentiality:sensitive',
];

/** The promises of `contracts/label-book`. */
export function describeLabelBook(name: string, make: MakeStore): void {
  describe(`the label book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().port.labels;

    it('starts empty, and keeps what was raised under a version that grows', async () => {
      const tenant = newTenant();
      const before = await book().read(tenant, 's');
      expect(before.labels).toEqual([]);
      const one = await book().raise(tenant, 's', ['integrity:untrusted'], 'a/b');
      expect(one.labels).toEqual(['integrity:untrusted']);
      expect(one.version).toBeGreaterThan(before.version);
      const two = await book().raise(tenant, 's', ['confidentiality:secret'], 'a/c');
      expect(two.labels).toEqual(['confidentiality:secret', 'integrity:untrusted']);
      expect(two.version).toBeGreaterThan(one.version);
      expect(await book().raise(tenant, 's', [], 'a/d')).toEqual(two);
      expect(await book().read(tenant, 's')).toEqual(two);
    });

    it('keeps sessions and tenants apart [DAT-01]', async () => {
      const tenant = newTenant();
      await book().raise(tenant, 's', ['integrity:untrusted'], 'a/b');
      expect((await book().read(tenant, 't')).labels).toEqual([]);
      expect((await book().read(newTenant(), 's')).labels).toEqual([]);
    });

    it('only ever rises, whoever raises at the same time', async () => {
      const raises = fc.array(fc.subarray([...all]), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(raises, async (many) => {
          const tenant = newTenant();
          const answers = await Promise.all(
            many.map(async (labels) => ({
              asked: labels,
              got: await book().raise(tenant, 's', labels, 'a/b'),
            })),
          );
          for (const { asked, got } of answers)
            expect(got.labels).toEqual(expect.arrayContaining(asked));
          const byVersion = answers.map(({ got }) => got).sort((a, b) => a.version - b.version);
          for (const [i, after] of byVersion.entries()) {
            const before = byVersion[i - 1];
            if (before === undefined) continue;
            expect(after.labels).toEqual(expect.arrayContaining([...before.labels]));
            if (after.version === before.version) expect(after.labels).toEqual(before.labels);
          }
          const last = await book().read(tenant, 's');
          expect([...last.labels]).toEqual([...new Set(many.flat())].sort());
        }),
        { numRuns: 25 },
      );
    });
  });
}
