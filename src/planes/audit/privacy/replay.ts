import type { PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { Tombstone, Tombstones } from '#contracts/tombstones.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '../door.ts';
import { readRecord, type ReadableLog } from '../reader.ts';

export interface ReplayParts {
  readonly tombstones: Tombstones;
  readonly keys: Pick<PayloadKeyBook, 'destroy' | 'destroyedSince'>;
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
  for (const tombstone of recentErasures(parts.readers())) parts.tombstones.add(tombstone);
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

function recentErasures(logs: readonly ReadableLog[]): Tombstone[] {
  return logs.flatMap((log) => {
    const size = log.reader.head()?.size ?? 0;
    const newest = log.reader.range(Math.max(0, size - mostLooked), size);
    // Most are something else, and need not be read to know it.
    const named = newest.filter(({ bytes }) => Buffer.from(bytes).includes('"privacy.erased"'));
    return named.flatMap(({ index, bytes }) => {
      const { type, id, time, details } = readRecord(log, index, bytes).record;
      const handle = details?.['handle'];
      if (type !== 'privacy.erased' || typeof handle !== 'string') return [];
      return [{ tenant: log.tenant, handle, record: id, at: Date.parse(time) }];
    });
  });
}
