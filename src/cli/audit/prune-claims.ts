import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';

/** What one record says of a front that is gone. */
export interface PruneClaim {
  readonly origin: string;
  readonly from: Json | undefined;
  readonly to: number;
  readonly root: Json | undefined;
  readonly record: string;
  /** Until when an archive has to have what went; undefined where nothing was promised of one. */
  readonly archivedUntil: number | undefined;
}

/**
 * What records say of fronts that are gone. INVARIANT: only what stands in a log that holds counts, so whoever takes
 * a front away has to write, under the eyes of witnesses, that they did.
 */
export class PruneClaims {
  /** All of them: one that was said and not done is newer than the one that counts. There is one an hour at most. */
  readonly #claims = new Map<string, PruneClaim>();

  take({ type, id, details }: JsonObject): void {
    if (type !== 'log.pruned' || typeof id !== 'string' || !isJsonObject(details)) return;
    const { origin, from, to, root } = details;
    if (typeof origin !== 'string' || typeof to !== 'number') return;
    this.#claims.set(id, { origin, from, to, root, record: id, archivedUntil: untilOf(details) });
  }

  claims(): readonly PruneClaim[] {
    return [...this.#claims.values()];
  }
}

/** Whether the record that the mark names is there, and says so. */
export function isClaimed(
  claims: readonly PruneClaim[],
  origin: string,
  { to, root, record }: JsonObject,
): boolean {
  return claims.some(
    (one) => one.origin === origin && one.to === to && one.root === root && one.record === record,
  );
}

/**
 * Whether an archive may lack this front. INVARIANT: what went here because an archive has it is missing in the archive,
 * whatever mark is put there, until the minimum of it is over by the record's own dates.
 */
export function mayArchiveLack(
  claims: readonly PruneClaim[],
  origin: string,
  to: number,
  now: number,
): boolean {
  if (to === 0) return true;
  return claims.some(
    (one) =>
      one.origin === origin &&
      one.to === to &&
      typeof one.from === 'number' &&
      one.from < to &&
      (one.archivedUntil ?? 0) <= now &&
      mayArchiveLack(claims, origin, one.from, now),
  );
}

/** One that does not say when is never over: so strict, that nothing is hidden by what is left out. */
function untilOf({ archived, newest, minimumMs }: JsonObject): number | undefined {
  if (archived === false) return undefined;
  const until = Date.parse(typeof newest === 'string' ? newest : '') + Number(minimumMs);
  return Number.isNaN(until) ? Number.POSITIVE_INFINITY : until;
}
