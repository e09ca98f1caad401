import type { KeptStops } from '#contracts/kept-stops.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock as clock } from '#kernel/time.ts';
import {
  keepRatchet,
  keptStore,
  openKeptOverrides,
  openKeptStops,
  type RatchetKeeper,
} from '#storage/ratchet/index.ts';
import type { ProgramLog } from '../program-log.ts';
import { withSealedArguments } from './privacy.ts';
import { judgedGrants, type Yeses } from './yeses.ts';

export interface KeptGround {
  readonly kept: Store;
  /** Its looks are at the stops too. */
  readonly ratchet: RatchetKeeper;
  readonly keptStops: KeptStops;
  readonly yeses: Yeses;
}

/** INVARIANT: data that was put back is answered, and every stop that was not released is in force, before anything is served. */
export async function keepStore(
  plain: Store,
  log: Pick<ProgramLog, 'sealer' | 'tenants'>,
  { ratchetFolder: folder, tenant }: { readonly ratchetFolder: string; readonly tenant: string },
): Promise<KeptGround> {
  const keptStops = openKeptStops({ store: plain, folder, tenant, clock });
  const store = { ...plain, overlay: keptStops.overlay };
  const ratchet = await keepRatchet({ store, folder, tenant, clock });
  await keptStops.begin();
  await ratchet.look();
  const judged = judgedGrants(withSealedArguments(store, log), {
    keys: log.tenants,
    overrides: openKeptOverrides(folder, clock),
  });
  const kept = keptStore(judged.store, ratchet);
  return {
    kept,
    yeses: judged.yeses,
    keptStops,
    ratchet: {
      open: () => ratchet.open(),
      async look() {
        // Each for itself: neither waits for a fault of the other.
        const [one, other] = await Promise.allSettled([ratchet.look(), keptStops.look()]);
        if (one.status === 'rejected') throw one.reason;
        if (other.status === 'rejected') throw other.reason;
      },
    },
  };
}
