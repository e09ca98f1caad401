import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel/json/value.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { eventually, type MakeStore, openedStore } from './store-under-test.suite.ts';

export function someSnapshot(number: number, definition: Json = {}): Snapshot {
  return {
    number,
    digest: `digest-${number}`,
    createdAt: 1_790_000_000_000,
    epoch: 1,
    tokens: { issuer: 'i', audience: 'a', keys: [] },
    tenants: {
      main: {
        tenant: 'main',
        agents: {},
        manifests: {},
        servers: {},
        policies: [],
        secrets: {},
        pins: {
          billing: {
            pay: {
              tool: 'pay',
              digest: 'd',
              definition: { schema: definition },
              approvedBy: 'ann',
              approvedAt: 1,
            },
          },
        },
      },
    },
  };
}

function someRoster(number: number): Roster {
  return {
    number,
    instances: { thumb: { tenant: 'main', agent: 'bot', instance: `i-${number}` } },
  };
}

/** The promises of `contracts/snapshot-feed`. */
export function describeSnapshotFeed(name: string, make: MakeStore): void {
  describe(`the snapshot feed contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const publish = (number: number) => store().authority.snapshots.publish(someSnapshot(number));

    it('starts with nothing published and an empty roster', async () => {
      const current = await store().port.snapshots.current();
      expect(current.snapshot).toBeUndefined();
      expect(current.roster).toEqual({ number: 0, instances: {} });
    });

    it('gives what is current first and then every newer one, in order', async () => {
      await publish(1);
      await store().authority.snapshots.publishRoster(someRoster(1));
      const snapshots: number[] = [];
      const rosters: number[] = [];
      const stop = store().port.snapshots.subscribe({
        snapshot: (one) => void snapshots.push(one.number),
        roster: (one) => void rosters.push(one.number),
      });
      await eventually(() => snapshots.includes(1) && rosters.includes(1));
      for (let number = 2; number <= 8; number += 1) await publish(number);
      await store().authority.snapshots.publishRoster(someRoster(2));
      await eventually(() => snapshots.includes(8) && rosters.includes(2));
      expect(snapshots).toEqual([...new Set(snapshots)].sort((a, b) => a - b));
      stop();
      const heard = snapshots.length;
      await publish(9);
      await eventually(async () => (await store().port.snapshots.current()).snapshot?.number === 9);
      expect(snapshots).toHaveLength(heard);
    });

    it('refuses a number that is not higher, also when many publish at once', async () => {
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => publish(20)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(publish(20)).rejects.toMatchObject({ code: 'store/conflict' });
      await expect(publish(3)).rejects.toMatchObject({ code: 'store/conflict' });
      expect((await store().port.snapshots.current()).snapshot).toEqual(someSnapshot(20));
    });

    it('carries a definition as deep as a body may be', async () => {
      let deep: Json = 'leaf';
      for (let i = 0; i < 60; i += 1) deep = { inner: deep };
      const snapshot = someSnapshot(30, deep);
      await store().authority.snapshots.publish(snapshot);
      expect((await store().port.snapshots.current()).snapshot).toEqual(snapshot);
    });
  });
}
