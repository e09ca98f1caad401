import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { EffectReport } from './effect-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/effect-book`. */
export function describeEffectBook(name: string, make: MakeStore): void {
  describe(`the effect book contract, kept by ${name}`, () => {
    const opened = openedStore(make);
    const store = () => opened().authority;
    const gateway = () => opened().port.effects;
    const now = () => opened().clock.now();
    const report = (tenant: string, over: Partial<EffectReport> = {}): EffectReport => ({
      tenant,
      task: 't',
      target: 'tool:fake/pay',
      argumentsDigest: 'd',
      effect: 'unknown',
      ref: `${tenant}-intent`,
      by: 'gateway-1',
      at: now(),
      ...over,
    });
    const of = async (tenant: string): Promise<readonly OverlayEntry[]> =>
      (await store().overlay.current()).entries.filter(
        ({ target }) => target.kind !== 'all' && target.tenant === tenant,
      );
    const whys = async (tenant: string) => (await of(tenant)).map(({ why }) => why).sort();

    it('puts what is reported into the overlay, under the number that it answers [AUD-05]', async () => {
      const tenant = newTenant();
      const number = await gateway().report([report(tenant)], now());
      expect((await store().overlay.current()).number).toBeGreaterThanOrEqual(number);
      expect(await of(tenant)).toMatchObject([
        {
          target: {
            kind: 'effect',
            tenant,
            task: 't',
            target: 'tool:fake/pay',
            argumentsDigest: 'd',
          },
          why: 'unreconciled',
          by: 'gateway-1',
          ref: `${tenant}-intent`,
        },
      ]);
      await gateway().report([report(tenant)], now());
      expect(await of(tenant)).toHaveLength(1);
    });

    it('is not told again what a person has reconciled, and tells a new one', async () => {
      const tenant = newTenant();
      await gateway().report([report(tenant)], now());
      const [entry] = await of(tenant);
      const taken = await store().effects.reconcile(tenant, entry?.id ?? '', now());
      expect(taken).toMatchObject({ ref: `${tenant}-intent` });
      await gateway().report([report(tenant)], now());
      expect(await of(tenant)).toEqual([]);
      await gateway().report([report(tenant, { ref: `${tenant}-again` })], now());
      expect(await of(tenant)).toHaveLength(1);
    });

    it('lets nobody reconcile what is not theirs, or no effect', async () => {
      const tenant = newTenant();
      await gateway().report([report(tenant)], now());
      const [entry] = await of(tenant);
      const unknown = { code: 'api/not-found' };
      const { effects, overlay } = store();
      await expect(effects.reconcile(newTenant(), entry?.id ?? '', now())).rejects.toMatchObject(
        unknown,
      );
      await expect(effects.reconcile(tenant, 'none', now())).rejects.toMatchObject(unknown);
      const target = { kind: 'tenant', tenant } as const;
      const stop = {
        id: `${tenant}-stop`,
        target,
        why: 'stop',
        by: 'a',
        reason: 'r',
        at: 1,
      } as const;
      await overlay.add(stop);
      await expect(effects.reconcile(tenant, stop.id, now())).rejects.toMatchObject(unknown);
      expect(await whys(tenant)).toEqual(['stop', 'unreconciled']);
    });

    it('names so many effects of a task and then the whole task, which is reconciled as one', async () => {
      const tenant = newTenant();
      const many = Array.from({ length: limits.unknownEffectsPerTask }, (_, at) =>
        report(tenant, { argumentsDigest: `d${at}`, ref: `${tenant}-${at}` }),
      );
      await gateway().report(many, now());
      expect(await of(tenant)).toHaveLength(limits.unknownEffectsPerTask);
      const last = report(tenant, { argumentsDigest: 'one more', ref: `${tenant}-last` });
      await gateway().report([last], now());
      const whole = (await of(tenant)).filter(({ target }) => !('target' in target));
      expect(whole).toMatchObject([{ target: { kind: 'effect', tenant, task: 't' } }]);
      await gateway().report([report(tenant, { task: 'u' })], now());
      await store().effects.reconcile(tenant, whole[0]?.id ?? '', now());
      expect((await of(tenant)).map(({ target }) => target)).toMatchObject([{ task: 'u' }]);
      await gateway().report([...many.slice(0, 2), last], now());
      expect(await of(tenant)).toHaveLength(1);
    });

    it('lets what was done leave at its time, and what is unknown never', async () => {
      const tenant = newTenant();
      const done = report(tenant, { effect: 'done', argumentsDigest: 'e', ref: `${tenant}-done` });
      await gateway().report([report(tenant), done], now());
      expect(await whys(tenant)).toEqual(['already-done', 'unreconciled']);
      await store().effects.expire(now() + limits.alreadyDoneMs - 1);
      expect(await whys(tenant)).toEqual(['already-done', 'unreconciled']);
      await store().effects.expire(now() + limits.alreadyDoneMs);
      expect(await whys(tenant)).toEqual(['unreconciled']);
    });

    it('remembers no more of what was done than calls may be open; the oldest make room', async () => {
      const tenant = newTenant();
      const done = (at: number) =>
        report(tenant, { effect: 'done', argumentsDigest: `d${at}`, ref: `${tenant}-${at}`, at });
      for (let from = 0; from < limits.lostAnswers; from += 256) {
        const some = Array.from({ length: 256 }, (_, at) => done(from + at));
        await gateway().report(some, now());
      }
      expect(await of(tenant)).toHaveLength(limits.lostAnswers);
      await gateway().report([done(limits.lostAnswers)], now());
      await store().effects.expire(now());
      const refs = (await of(tenant)).map(({ ref }) => ref);
      expect(refs).toHaveLength(limits.lostAnswers);
      expect(refs).toContain(`${tenant}-${limits.lostAnswers}`);
      expect(refs).not.toContain(`${tenant}-0`);
      await store().effects.expire(now() + limits.alreadyDoneMs);
    });

    it('fences the tasks that a life carried writes of, until its journal was read', async () => {
      const tenant = newTenant();
      const one = { writer: `${tenant}-g`, life: 'one' };
      const two = { writer: `${tenant}-g`, life: 'two' };
      await gateway().serving(one, tenant, 't');
      await gateway().serving(one, tenant, 't');
      await gateway().serving(one, tenant, 'u');
      await store().effects.fence(one, now());
      const fences = (await of(tenant)).map(({ target, why }) => ({ target, why }));
      expect(fences).toHaveLength(2);
      expect(fences).toContainEqual({
        target: { kind: 'fence', tenant, task: 't', ...one },
        why: 'fenced',
      });
      await gateway().serving(two, tenant, 't');
      await store().effects.expire(now());
      expect(await of(tenant)).toHaveLength(2);
      await gateway().recovered(two);
      await store().effects.expire(now());
      expect(await of(tenant)).toEqual([]);
      expect(await store().effects.lives()).not.toContainEqual(one);
      expect(await store().effects.lives()).toContainEqual(two);
      await store().effects.fence(two, now());
      await store().effects.unfence(two);
      expect(await of(tenant)).toEqual([]);
      await gateway().left(two);
      await store().effects.fence(two, now());
      expect(await of(tenant)).toEqual([]);
      expect(await store().effects.lives()).not.toContainEqual(two);
    });

    it('keeps the fence of a life that nobody has read when another one comes and goes', async () => {
      const tenant = newTenant();
      const dead = { writer: `${tenant}-g`, life: 'dead' };
      const next = { writer: `${tenant}-g`, life: 'next' };
      await gateway().serving(dead, tenant, 't');
      await store().effects.fence(dead, now());
      await store().effects.unfence(next);
      await store().effects.fence(next, now());
      expect(await whys(tenant)).toEqual(['fenced']);
      const [entry] = await of(tenant);
      await store().effects.reconcile(tenant, entry?.id ?? '', now());
      expect(await of(tenant)).toEqual([]);
      expect(await store().effects.lives()).not.toContainEqual(dead);
    });
  });
}
