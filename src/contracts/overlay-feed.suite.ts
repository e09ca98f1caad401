import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { GatewayOverlayEntry } from './overlay-feed.ts';
import { eventually, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

export function quarantine(
  tenant: string,
  tool: string,
  id = `${tenant}-${tool}`,
): GatewayOverlayEntry {
  return {
    id,
    target: { kind: 'target', tenant, target: { kind: 'tool', owner: 'billing', name: tool } },
    why: 'quarantine',
    by: 'system/refresh',
    reason: 'the definition changed',
    at: 1_790_000_000_000,
    digest: 'd1',
  };
}

function stop(tenant: string, id: string): OverlayEntry {
  return { id, target: { kind: 'tenant', tenant }, why: 'stop', by: 'ann', reason: 'now', at: 1 };
}

const idsOf = (overlay: Overlay) => overlay.entries.map(({ id }) => id);

/** The promises of `contracts/overlay-feed`. */
export function describeOverlayFeed(name: string, make: MakeStore): void {
  describe(`the overlay feed contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const feed = () => store().port.overlay;
    const authority = () => store().authority.overlay;

    it('keeps an entry until it is released, under numbers that only grow [MON-17]', async () => {
      const tenant = newTenant();
      const before = await feed().current();
      const added = await feed().add(quarantine(tenant, 'pay'));
      expect(added.number).toBeGreaterThan(before.number);
      expect(added.entries).toContainEqual(quarantine(tenant, 'pay'));
      expect(await feed().current()).toEqual(added);
      const released = await authority().release([`${tenant}-pay`]);
      expect(released.number).toBeGreaterThan(added.number);
      expect(idsOf(released)).not.toContain(`${tenant}-pay`);
      expect((await feed().current()).number).toBe(released.number);
    });

    it('replaces the entry for the same target and reason, and keeps others apart', async () => {
      const tenant = newTenant();
      await feed().add(quarantine(tenant, 'pay', `${tenant}-1`));
      await feed().add(quarantine(tenant, 'refund', `${tenant}-2`));
      await authority().add(stop(tenant, `${tenant}-3`));
      const overlay = await feed().add(quarantine(tenant, 'pay', `${tenant}-4`));
      const mine = idsOf(overlay).filter((id) => id.startsWith(`${tenant}-`));
      expect(mine.sort()).toEqual([`${tenant}-2`, `${tenant}-3`, `${tenant}-4`]);
    });

    it('lets no entry take the place of another by its id', async () => {
      const tenant = newTenant();
      await authority().add(stop(tenant, `${tenant}-stop`));
      await expect(feed().add(quarantine(tenant, 'pay', `${tenant}-stop`))).rejects.toMatchObject({
        code: 'store/conflict',
      });
      expect(idsOf(await feed().current())).toContain(`${tenant}-stop`);
    });

    it('uses no number twice when many change it at once', async () => {
      const tenant = newTenant();
      const numbers = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const overlay = await feed().add(quarantine(tenant, `tool-${i % 10}`, `${tenant}-${i}`));
          return overlay.number;
        }),
      );
      expect(new Set(numbers).size).toBe(30);
      expect((await feed().current()).number).toBe(Math.max(...numbers));
    });

    it('tells at once what is current and every change, and never goes back', async () => {
      const tenant = newTenant();
      const heard: Overlay[] = [];
      const stopListening = feed().subscribe({ overlay: (one) => void heard.push(one) });
      await eventually(() => heard.length > 0);
      await authority().add(stop(tenant, `${tenant}-stop`));
      await eventually(() => heard.some((one) => idsOf(one).includes(`${tenant}-stop`)));
      await authority().release([`${tenant}-stop`]);
      const last = await authority().current();
      await eventually(() => heard.at(-1)?.number === last.number);
      const numbers = heard.map(({ number }) => number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      stopListening();
    });

    it('confirms only with a time at which the overlay was current', async () => {
      const confirmed: { readonly number: number; readonly at: number }[] = [];
      const started = store().clock.monotonic();
      const stopListening = feed().subscribe({
        overlay: ({ number }, at) => void confirmed.push({ number, at }),
      });
      await eventually(() => confirmed.some(({ at }) => at >= started));
      stopListening();
      const last = confirmed.at(-1);
      expect(last?.number).toBe((await feed().current()).number);
      const latest = store().clock.monotonic();
      for (const { at } of confirmed) expect(at).toBeLessThanOrEqual(latest);
    });

    it('holds exactly what was added and not released, in any order of changes', async () => {
      const tool = fc.constantFrom('a', 'b', 'c', 'd');
      const change = fc.record({ tool, add: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 15 }), async (changes) => {
          const tenant = newTenant();
          const expected = new Set<string>();
          let last = (await feed().current()).number;
          for (const { tool: one, add } of changes) {
            const id = `${tenant}-${one}`;
            const after = add
              ? await feed().add(quarantine(tenant, one))
              : await authority().release([id]);
            expect(after.number).toBeGreaterThan(last);
            last = after.number;
            if (add) expected.add(id);
            else expected.delete(id);
          }
          const mine = idsOf(await feed().current()).filter((id) => id.startsWith(`${tenant}-`));
          expect(mine.sort()).toEqual([...expected].sort());
        }),
        { numRuns: 15 },
      );
    });
  });
}
