import type { HoldBook } from '#contracts/hold-book.ts';
import type { PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { Tombstone, Tombstones } from '#contracts/tombstones.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '../door.ts';
import type { ReadableLog } from '../reader.ts';
import { type RecordedErasure, recentErasures } from './recent-erasures.ts';

export interface ReplayParts {
  readonly tombstones: Tombstones;
  readonly keys: Pick<PayloadKeyBook, 'byHandle' | 'destroy' | 'destroyed' | 'destroyedSince'>;
  readonly tenants: Pick<TenantKeys, 'destroy' | 'destroyed'>;
  readonly holds: Pick<HoldBook, 'over' | 'forget'>;
  readonly readers: () => readonly ReadableLog[];
  readonly recorder: Pick<Recorder, 'record' | 'writer'>;
  readonly clock: Clock;
  /** What a human should know and nothing waits for. */
  readonly told: (text: string) => void;
}

const pageSize = 1_000;

/**
 * Destroys again what is on record as destroyed and is there all the same: the store was put back, or a
 * crash came between record and key. INVARIANT: before anything sealed is opened.
 */
export async function replayTombstones(parts: ReplayParts): Promise<number> {
  await readRecorded(parts);
  const byTenant = Map.groupBy(parts.tombstones.all(), ({ tenant }) => tenant);
  let all = 0;
  for (const [tenant, tombstones] of byTenant) {
    const known = await destroyedHandles(parts, tenant);
    const missing: Tombstone[] = [];
    for (const tombstone of tombstones) {
      // Also one that the store says is gone: whoever put its row back need not have put back the rest.
      const isThere = (await parts.keys.byHandle(tenant, tombstone.handle)) !== undefined;
      if (isThere || !known.has(tombstone.handle)) missing.push(tombstone);
    }
    for (const { handle, record, at } of missing) {
      await parts.holds.forget(tenant, { handle, now: parts.clock.now() });
      await parts.keys.destroy({ tenant, handle, record, now: at });
    }
    if (missing.length > 0) await recordReplay(parts, tenant, missing);
    all += missing.length;
  }
  return all;
}

/** INVARIANT: where no tombstones are, every record that there still is says which there must be; else the newest do. */
async function readRecorded(parts: ReplayParts): Promise<void> {
  const { tombstones } = parts;
  const far = tombstones.isMissing ? Number.POSITIVE_INFINITY : undefined;
  let isWhole = true;
  const told = (text: string): void => {
    isWhole = false;
    parts.told(text);
  };
  for (const one of recentErasures(parts.readers(), told, far)) await finish(parts, one);
  if (isWhole) tombstones.settle();
}

/**
 * What only a log says, because its effect never came. INVARIANT: a hold from since then wins: the act is
 * not finished behind the back of whoever asked for it. What has a tombstone is destroyed, held or not.
 */
async function finish(parts: ReplayParts, one: RecordedErasure): Promise<void> {
  const { tenant, handle, record, at } = one;
  const { tombstones, tenants, holds, told } = parts;
  if (await isDone(parts, one)) {
    if (handle !== undefined) tombstones.add({ tenant, handle, record, at });
    return;
  }
  const everything = { olderThan: Number.MAX_SAFE_INTEGER };
  const inForce = await holds.over(tenant, everything, parts.clock.now()).catch(differing);
  if (inForce === undefined) {
    told(
      `the erasure in record ${record} never happened; the holds of the store are not those that are kept: it is not done`,
    );
    return;
  }
  const over = inForce.filter(({ scope }) => scope.kind === 'since' || concerns(scope, handle));
  if (over.length > 0) {
    const ids = over.map(({ id }) => id).join(', ');
    told(
      `the erasure in record ${record} never happened, and is held now by ${ids}: it is not done`,
    );
  } else if (handle === undefined) tenants.destroy({ tenant, record, at });
  else tombstones.add({ tenant, handle, record, at });
}

/** INVARIANT: a start over an edited store goes on, to be told what is wrong with it; and erases nothing. */
function differing(fault: unknown): undefined {
  if (fault instanceof BailiwickError && fault.code === 'audit/holds-differ') return;
  throw fault;
}

async function isDone(parts: ReplayParts, { tenant, handle }: RecordedErasure): Promise<boolean> {
  if (handle === undefined) return parts.tenants.destroyed(tenant) !== undefined;
  const kept = parts.tombstones.all();
  if (kept.some((one) => one.tenant === tenant && one.handle === handle)) return true;
  return (await parts.keys.destroyed(tenant, handle)) !== undefined;
}

/** All that is sealed of a tenant is of each of its subjects too. */
function concerns(scope: { readonly handle: string }, handle: string | undefined): boolean {
  return handle === undefined || scope.handle === handle;
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
