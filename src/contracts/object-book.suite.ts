import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import { beginTask } from './begin-task.suite.ts';
import {
  everyObject,
  mostNamedObjects,
  mostObjects,
  mostReadings,
  openObjectMs,
  type ObjectMark,
} from './object-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const untrusted: readonly Label[] = ['integrity:untrusted'];

/** The promises of `contracts/object-book`. */
export function describeObjectBook(name: string, make: MakeStore): void {
  describe(`the object book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().port.objects;
    const thing = (key: string, named = key) => ({
      kind: 'memory',
      name: key,
      named,
      id: `id-${key}`,
    });
    const marking = (key: string, over: Partial<ObjectMark> = {}): ObjectMark => ({
      objects: [thing(key)],
      labels: untrusted,
      task: 't',
      agent: 'bot',
      source: 'notes/write',
      now: 1_000,
      open: false,
      ...over,
    });
    /** Between a gateway and the store the arbiter's clock counts, and no other. */
    const later = (ms: number) => {
      store().clock.advance(ms);
      return store().clock.now();
    };
    const ask = (key: string) => [
      { kind: 'memory', names: key === 'all' ? ('all' as const) : [key] },
    ];
    const cleaned = async (tenant: string, key: string, now = 2_000, named = key) => {
      const { seen } = await book().carried(tenant, ask(key), now);
      await book().clean(tenant, { seen, objects: [thing(key, named)], now });
      return (await book().carried(tenant, ask(key), now)).labels;
    };

    it('gives a thing back with what its writers carried, and by what they had come to it [SEM-18]', async () => {
      const tenant = newTenant();
      await beginTask(store().authority, { tenant, id: 't' });
      const where = { task: 't', session: 's' };
      await store().port.labels.raise(tenant, where, untrusted, 'mail/read_mail');
      await book().mark(tenant, marking('todo'));
      await book().mark(tenant, marking('todo', { labels: ['confidentiality:personal'] }));
      expect(await book().carried(tenant, ask('todo'), 2_000)).toMatchObject({
        labels: ['confidentiality:personal', 'integrity:untrusted'],
        origins: ['mail/read_mail'],
        held: [],
      });
      expect((await book().carried(tenant, ask('other'), 2_000)).labels).toEqual([]);
      expect((await book().carried(tenant, ask('all'), 2_000)).labels).toHaveLength(2);
      const file = [{ kind: 'file', names: ['todo'] }];
      expect((await book().carried(tenant, file, 2_000)).labels).toEqual([]);
    });

    it('is looked up by whatever ends alike, and by nothing else [SEM-18]', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('notes/to_do'));
      const carried = async (...names: string[]) =>
        (await book().carried(tenant, [{ kind: 'memory', names }], 2_000)).labels;
      for (const one of [
        'to_do',
        'notes/to_do',
        'srv/x/notes/to_do',
        `${'s/'.repeat(40)}notes/to_do`,
      ]) {
        expect(await carried('else', one, 'other')).toEqual(untrusted);
      }
      for (const one of ['mail/to_do', 'do', 'to!do', '%', 'notes', 'to_do/notes']) {
        expect(await carried(one)).toEqual([]);
      }
      await book().mark(tenant, marking('a/to%do'));
      expect(await carried('to%do')).toEqual(untrusted);
      expect(await carried('toxdo')).toEqual([]);
      // What clean work writes is the one of this very name.
      const { seen } = await book().carried(tenant, ask('to_do'), 2_000);
      expect(seen).toEqual([]);
      const most = Array.from({ length: mostNamedObjects * mostReadings }, (_, at) => `k${at}/x`);
      expect(await carried(...most)).toEqual([]);
    });

    it('of several spellings is cleaned by no work that writes several', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('todo'));
      await book().mark(tenant, marking('todo', { objects: [thing('todo', 'Todo')] }));
      expect(await cleaned(tenant, 'todo', 2_000, '')).toEqual(untrusted);
    });

    it('is lifted off all of a kind as it was listed, and each thing keeps its own [SEM-18]', async () => {
      const tenant = newTenant();
      const { objects } = store().authority;
      await book().mark(tenant, marking('todo'));
      await book().mark(tenant, marking(everyObject));
      const seen = async () =>
        (await objects.list(tenant)).find(({ name: called }) => called === everyObject);
      const [before] = [await seen()];
      expect(before).toMatchObject({ kind: 'memory', open: false });
      if (before === undefined) throw new Error('not listed');
      await book().mark(tenant, marking(everyObject));
      expect(await objects.lift(tenant, before)).toBe(0);
      const after = await seen();
      if (after === undefined) throw new Error('not listed');
      expect(await objects.lift(newTenant(), after)).toBe(0);
      expect(await objects.lift(tenant, { ...after, kind: 'file' })).toBe(0);
      expect(await objects.lift(tenant, after)).toBe(1);
      expect((await book().carried(tenant, ask('other'), 2_000)).labels).toEqual([]);
      expect((await book().carried(tenant, ask('todo'), 2_000)).labels).toEqual(untrusted);
    });

    it('keeps tenants apart [DAT-01]', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('todo'));
      expect((await book().carried(newTenant(), ask('all'), 2_000)).labels).toEqual([]);
    });

    it('is cleaned by clean work that wrote it whole, and by nothing that came between', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('todo'));
      const before = await book().carried(tenant, ask('todo'), 2_000);
      await book().mark(tenant, marking('todo'));
      const given = { seen: before.seen, objects: [thing('todo')], now: 2_000 };
      await book().clean(tenant, given);
      expect((await book().carried(tenant, ask('todo'), 2_000)).labels).toEqual(untrusted);
      expect(await cleaned(tenant, 'todo')).toEqual([]);
    });

    it('is not cleaned while a call may still write it, nor under another spelling', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('todo', { open: true }));
      expect(await cleaned(tenant, 'todo')).toEqual(untrusted);
      await book().settle(tenant, [thing('todo')]);
      expect(await cleaned(tenant, 'todo', 2_000, 'Todo')).toEqual(untrusted);
      expect(await cleaned(tenant, 'todo')).toEqual([]);
      // Its gateway is gone and nobody settles it.
      await book().mark(tenant, marking('lost', { open: true, now: later(0) }));
      expect(await cleaned(tenant, 'lost', later(openObjectMs))).toEqual(untrusted);
      expect(await cleaned(tenant, 'lost', later(1))).toEqual([]);
      // Two spellings were written: neither says what the other one left.
      await book().mark(tenant, marking('both'));
      await book().mark(tenant, marking('both', { objects: [thing('both', 'Both')] }));
      expect(await cleaned(tenant, 'both')).toEqual(untrusted);
    });

    it('carries what is being made as all of its kind, for an hour where nobody learns what was made [SEM-18]', async () => {
      const tenant = newTenant();
      const making = (call: string) =>
        book().mark(tenant, marking(call, { open: true, now: later(0) }));
      const carriedAt = async (now: number) =>
        (await book().carried(tenant, ask('any'), now)).labels;
      await making('*call-1');
      expect(await carriedAt(later(openObjectMs))).toEqual(untrusted);
      expect(await carriedAt(later(1))).toEqual([]);
      // It takes no room for longer than that either.
      await book().mark(tenant, marking('todo', { now: later(0) }));
      const rows = await store().authority.objects.list(tenant);
      expect(rows.map(({ id }) => id)).toEqual(['id-todo']);
      // What somebody holds, and all of a kind that is meant for good, do not lapse.
      await making('*call-2');
      const act = { by: 'ada', reason: 'poisoned', now: 1_500 };
      await store().authority.objects.hold(tenant, ['id-*call-2'], act);
      expect(await carriedAt(later(9 * openObjectMs))).toEqual(untrusted);
      const other = newTenant();
      await book().mark(other, marking(everyObject, { open: true, now: later(0) }));
      const { labels } = await book().carried(other, ask('any'), later(9 * openObjectMs));
      expect(labels).toEqual(untrusted);
    });

    it('never loses a label by writes and reads, in whichever order they come [SEM-18]', async () => {
      const step = fc.record({
        key: fc.constantFrom('a', 'b', everyObject),
        labels: fc.subarray<Label>(['integrity:untrusted', 'confidentiality:secret', 'region:eu'], {
          minLength: 1,
        }),
        open: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          const tenant = newTenant();
          await Promise.all(
            steps.map(({ key, ...rest }) => book().mark(tenant, marking(key, rest))),
          );
          for (const { key, labels } of steps) {
            const { labels: carried } = await book().carried(tenant, ask(key), 2_000);
            expect(carried).toEqual(expect.arrayContaining(labels));
          }
          const every = steps.filter(({ key }) => key === everyObject).flatMap((one) => one.labels);
          const { labels } = await book().carried(tenant, ask('never written'), 2_000);
          expect([...labels].sort()).toEqual([...new Set(every)].sort());
        }),
        { numRuns: 15, seed: 132 },
      );
    });

    // Ten thousand rows: by the role of a gateway it is the same store once more.
    if (!name.includes('role of a gateway')) {
      it('of more than it has room for all of a kind is marked', async () => {
        const tenant = newTenant();
        const names = Array.from({ length: mostObjects }, (_, at) => `k${at}`);
        for (let at = 0; at < names.length; at += 1_000) {
          const objects = names.slice(at, at + 1_000).map((key) => thing(key));
          await book().mark(tenant, marking('', { objects }));
        }
        expect((await book().carried(tenant, ask('unheard'), 2_000)).labels).toEqual([]);
        await book().mark(tenant, marking('one more'));
        expect((await book().carried(tenant, ask('unheard'), 2_000)).labels).toEqual(untrusted);
        expect(await cleaned(tenant, 'unheard')).toEqual(untrusted);
      });
    }

    it('is held by a person until clean work writes it anew, and says why [SEM-18]', async () => {
      const tenant = newTenant();
      await book().mark(tenant, marking('todo'));
      const [row] = await store().authority.objects.list(tenant);
      expect(row).toMatchObject({ id: 'id-todo', kind: 'memory', name: 'todo', task: 't' });
      const act = { by: 'ada', reason: 'poisoned', now: 1_500 };
      expect(await store().authority.objects.hold(tenant, ['id-todo', 'none'], act)).toBe(1);
      expect(await store().authority.objects.hold(newTenant(), ['id-todo'], act)).toBe(0);
      expect((await book().carried(tenant, ask('todo'), 2_000)).held).toEqual(['id-todo']);
      expect((await book().carried(tenant, ask('all'), 2_000)).held).toEqual(['id-todo']);
      await book().mark(tenant, marking('todo'));
      expect((await store().authority.objects.list(tenant))[0]?.held).toEqual({
        by: 'ada',
        reason: 'poisoned',
        at: 1_500,
      });
      expect(await cleaned(tenant, 'todo')).toEqual([]);
      expect(await store().authority.objects.list(tenant)).toEqual([]);
    });

    it('is read again once a person releases it, with all that it carries [SEM-18]', async () => {
      const tenant = newTenant();
      const { objects } = store().authority;
      await book().mark(tenant, marking('todo'));
      expect(await objects.release(tenant, ['id-todo'])).toBe(0);
      await objects.hold(tenant, ['id-todo'], { by: 'ada', reason: 'poisoned', now: 1_500 });
      expect(await objects.release(newTenant(), ['id-todo'])).toBe(0);
      expect(await objects.release(tenant, ['id-todo', 'none'])).toBe(1);
      const carried = await book().carried(tenant, ask('todo'), 2_000);
      expect([carried.held, carried.labels]).toEqual([[], untrusted]);
      expect((await objects.list(tenant))[0]?.held).toBeUndefined();
    });
  });
}
