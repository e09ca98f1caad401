import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Label, labelCeiling } from '#kernel/label.ts';
import { beginTask } from './begin-task.suite.ts';
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
    const where = { task: 't', session: 's' };
    const tenantWithTask = async (): Promise<string> => {
      const tenant = newTenant();
      await beginTask(store().authority, { tenant, id: 't' });
      return tenant;
    };

    it('starts empty, and keeps what was raised under a version that grows', async () => {
      const tenant = await tenantWithTask();
      const before = await book().read(tenant, 't');
      expect(before.labels).toEqual([]);
      const one = await book().raise(tenant, where, ['integrity:untrusted'], 'a/b');
      expect(one.labels).toEqual(['integrity:untrusted']);
      expect(one.version).toBeGreaterThan(before.version);
      const two = await book().raise(tenant, where, ['confidentiality:secret'], 'a/c');
      expect(two.labels).toEqual(['confidentiality:secret', 'integrity:untrusted']);
      expect(two.version).toBeGreaterThan(one.version);
      expect(await book().raise(tenant, where, [], 'a/d')).toEqual(two);
      expect(await book().read(tenant, 't')).toEqual(two);
    });

    it('is one for all sessions of a task, and says which session raised a label from where', async () => {
      const tenant = await tenantWithTask();
      await book().raise(tenant, where, ['integrity:untrusted'], 'a/b');
      const other = { task: 't', session: 's2' };
      const both = await book().raise(tenant, other, ['integrity:untrusted'], 'a/c');
      expect(both).toEqual({ labels: ['integrity:untrusted'], version: 1 });
      expect(await store().authority.tasks.labels(tenant, 't')).toEqual([
        { label: 'integrity:untrusted', session: 's', source: 'a/b' },
        { label: 'integrity:untrusted', session: 's2', source: 'a/c' },
      ]);
    });

    it('knows everything of a task that it does not know, and raises nothing in it', async () => {
      const tenant = newTenant();
      expect((await book().read(tenant, 'none')).labels).toEqual(labelCeiling);
      expect([...all].sort()).toEqual(labelCeiling);
      const nowhere = { task: 'none', session: 's' };
      await expect(
        book().raise(tenant, nowhere, ['integrity:untrusted'], 'a/b'),
      ).rejects.toMatchObject({ code: 'identity/no-task' });
    });

    it('raises nothing in a task that is over, and forgets nothing of it', async () => {
      const tenant = await tenantWithTask();
      const { labels } = await book().raise(tenant, where, ['integrity:untrusted'], 'a/b');
      const end = { tenant, id: 't', by: 'ada', reason: 'done', now: 2, sharedServers: [] };
      await store().authority.tasks.end({ ...end, labels });
      for (const more of [['integrity:untrusted'], ['confidentiality:secret']] as const) {
        await expect(book().raise(tenant, where, more, 'a/b')).rejects.toMatchObject({
          code: 'identity/task-ended',
        });
      }
      expect((await book().read(tenant, 't')).labels).toEqual(['integrity:untrusted']);
    });

    it('keeps tasks and tenants apart [DAT-01]', async () => {
      const tenant = await tenantWithTask();
      await beginTask(store().authority, { tenant, id: 'u', agent: 'other' });
      await book().raise(tenant, where, ['integrity:untrusted'], 'a/b');
      expect((await book().read(tenant, 'u')).labels).toEqual([]);
      expect((await book().read(await tenantWithTask(), 't')).labels).toEqual([]);
    });

    it('only ever rises, whoever raises at the same time', async () => {
      const raises = fc.array(fc.subarray([...all]), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(raises, async (many) => {
          const tenant = await tenantWithTask();
          const answers = await Promise.all(
            many.map(async (labels) => ({
              asked: labels,
              got: await book().raise(tenant, where, labels, 'a/b'),
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
          const last = await book().read(tenant, 't');
          expect([...last.labels]).toEqual([...new Set(many.flat())].sort());
        }),
        { numRuns: 25 },
      );
    });
  });
}
