import { expect, it } from 'vitest';
import type { SnapshotListener } from '#contracts/snapshot-feed.ts';
import type { ServerEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { FakeLog } from '../../test/fakes/fake-log.ts';
import { createConfigurations } from './configuration.ts';
import { followFeeds } from './feeds.ts';
import { createModelConnections } from './model-connections.ts';
import { createState } from './state.ts';

const nothing = { adopt: () => undefined };

/** A gateway that writes down at which servers it looks because a Snapshot named them. */
function world() {
  const writer = 'gateway-1';
  const looks: string[] = [];
  let listener: SnapshotListener | undefined;
  let number = 0;
  let settled: () => void = () => undefined;
  const control = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer });
  followFeeds(
    {
      control,
      state: control.state,
      configurations: createConfigurations([], () => undefined),
      recorder: new FakeLog(systemClock),
      upstreams: nothing,
      serverStates: nothing,
      modelConnections: createModelConnections([]),
    },
    {
      snapshots: {
        current: () => Promise.reject(new Error('nobody asks')),
        subscribe(one) {
          listener = one;
          return () => undefined;
        },
      },
      overlay: { subscribe: () => () => undefined },
    },
    {
      tenant: 'main',
      servers: (_tenant, servers) => void looks.push(...servers),
      refused: () => undefined,
      settled: () => settled(),
    },
  );
  const names = (...servers: readonly (readonly [string, string])[]): void => {
    number += 1;
    const all = servers.map(([name, digest]) => [name, { name, digest } as ServerEntry]);
    const main = { tenant: 'main', servers: Object.fromEntries(all) } as unknown as TenantSnapshot;
    const tokens = { issuer: 'i', audience: 'a', keys: [] };
    const made = { number, digest: `d${number}`, createdAt: 0, epoch: 1, tokens };
    listener?.snapshot({ ...made, tenants: { main } } satisfies Snapshot);
  };
  /** What is looked at once all that was said is in force. */
  const looked = async (act: () => void): Promise<readonly string[]> => {
    looks.length = 0;
    const inForce = new Promise<void>((resolve) => {
      settled = () => {
        if (control.state.configuration?.snapshot.number === number) resolve();
      };
    });
    act();
    await inForce;
    return [...looks];
  };
  return { names, looked };
}

it('a server is looked at when it is new, when it changed, and when it came back just as it was', async () => {
  const { names, looked } = world();
  expect(await looked(() => names(['a', '1'], ['b', '1']))).toEqual(['a', 'b']);
  expect(await looked(() => names(['a', '1'], ['b', '2']))).toEqual(['b']);
  expect(await looked(() => names(['b', '2']))).toEqual([]);
  expect(await looked(() => names(['a', '1'], ['b', '2']))).toEqual(['a']);
});

it('one that went and came back while another configuration was compiled is looked at as well', async () => {
  const { names, looked } = world();
  await looked(() => names(['a', '1']));
  const both = () => {
    names(['a', '1'], ['b', '1']);
    names(['b', '1']);
    names(['a', '1'], ['b', '1']);
  };
  expect((await looked(both)).toSorted()).toEqual(['a', 'b']);
});
