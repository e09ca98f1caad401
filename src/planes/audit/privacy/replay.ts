import type { PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { Tombstone, Tombstones } from '#contracts/tombstones.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '../door.ts';
import { readRecord, type ReadableLog } from '../reader.ts';

export interface ReplayParts {
  readonly tombstones: Tombstones;
  readonly keys: Pick<PayloadKeyBook, 'destroy' | 'destroyedSince'>;
  readonly tenants: Pick<TenantKeys, 'destroy'>;
  readonly readers: () => readonly ReadableLog[];
  readonly recorder: Pick<Recorder, 'record' | 'writer'>;
  readonly clock: Clock;
}

/** A crash between record and tombstone is in the last breath of a log; so far back it is looked for. */
const mostLooked = 2_048;
const pageSize = 1_000;

/**
 * Destroys again what is on record as destroyed and is there all the same: the store was put back, or a
 * crash came between record and key. INVARIANT: before anything sealed is opened.
 */
export async function replayTombstones(parts: ReplayParts): Promise<number> {
  const recent = recentErasures(parts.readers());
  for (const one of recent.tenants) parts.tenants.destroy(one);
  for (const one of recent.keys) parts.tombstones.add(one);
  const byTenant = Map.groupBy(parts.tombstones.all(), ({ tenant }) => tenant);
  let all = 0;
  for (const [tenant, tombstones] of byTenant) {
    const known = await destroyedHandles(parts, tenant);
    const missing = tombstones.filter(({ handle }) => !known.has(handle));
    for (const { handle, record, at } of missing) {
      await parts.keys.destroy({ tenant, handle, record, now: at });
    }
    if (missing.length > 0) await recordReplay(parts, tenant, missing);
    all += missing.length;
  }
  return all;
}

async function destroyedHandles(
  { keys }: Pick<ReplayParts, 'keys'>,
  tenant: string,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let after = 0; ; ) {
    const page = await keys.destroyedSince(tenant, after, pageSize);
    for (const { handle } of page) known.add(handle);
    const last = page.at(-1);
    if (last === undefined) return known;
    after = last.number;
  }
}

async function recordReplay(
  { recorder }: ReplayParts,
  tenant: string,
  missing: readonly Tombstone[],
): Promise<void> {
  const handles = missing.slice(0, 100).map(({ handle }) => handle);
  await recorder.record({
    type: 'privacy.erased-again',
    tenant,
    actors: [{ kind: 'system', name: recorder.writer }],
    details: { keys: missing.length, handles },
  });
}

interface RecentErasures {
  readonly keys: readonly Tombstone[];
  readonly tenants: readonly Omit<Tombstone, 'handle'>[];
}

function recentErasures(logs: readonly ReadableLog[]): RecentErasures {
  const [keys, tenants]: [Tombstone[], Omit<Tombstone, 'handle'>[]] = [[], []];
  for (const log of logs) {
    const size = log.reader.head()?.size ?? 0;
    const from = Math.max(log.reader.begins(), size - mostLooked);
    for (const { index, bytes } of log.reader.range(from, size)) {
      // Most are something else, and need not be read to know it.
      if (!Buffer.from(bytes).includes('"privacy.')) continue;
      const { type, id: record, time, details } = readRecord(log, index, bytes).record;
      const [handle, at] = [details?.['handle'], Date.parse(time)];
      const { tenant } = log;
      if (type === 'privacy.tenant-erased') tenants.push({ tenant, record, at });
      if (type === 'privacy.erased' && typeof handle === 'string') {
        keys.push({ tenant, handle, record, at });
      }
    }
  }
  return { keys, tenants };
}
