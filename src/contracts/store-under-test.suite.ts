import { afterAll, beforeAll } from 'vitest';
import type { ManualClock } from '#kernel/time.ts';
import type { StatePort, Store } from './store.ts';

/**
 * An empty store. `port` is what is tested; what a port forbids is done through `authority`, which
 * is the same store as its owner sees it, and the same object where there is no port between.
 */
export interface StoreUnderTest {
  readonly port: StatePort;
  readonly authority: Store;
  readonly clock: ManualClock;
  close(): Promise<void>;
}

/** Of each book both halves: what a gateway may ask goes through the port, the rest past it. */
export function bothHalves({ port, authority }: StoreUnderTest): Store {
  return {
    ...authority,
    close: () => authority.close(),
    grants: { ...authority.grants, ...port.grants },
    leases: { ...authority.leases, ...port.leases },
    labels: { ...authority.labels, ...port.labels },
    reservations: { ...authority.reservations, ...port.reservations },
    snapshots: { ...authority.snapshots, ...port.snapshots },
    catalogue: { ...authority.catalogue, ...port.catalogue },
  };
}

export type MakeStore = () => Promise<StoreUnderTest>;

/** One store for a whole suite; each test takes a tenant of its own. */
export function openedStore(make: MakeStore): () => StoreUnderTest {
  let store: StoreUnderTest | undefined;
  beforeAll(async () => {
    store = await make();
  });
  afterAll(async () => {
    await store?.close();
  });
  return () => {
    if (store === undefined) throw new Error('the store is not open');
    return store;
  };
}

let tenants = 0;

export function newTenant(): string {
  tenants += 1;
  return `tenant-${tenants}`;
}

/** Resolves when the condition holds; what never holds fails by the time-out of the test. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
