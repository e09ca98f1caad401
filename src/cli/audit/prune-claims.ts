import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';

/**
 * What records say of fronts that are gone. INVARIANT: only what stands in a log that holds counts, so whoever takes
 * a front away has to write, under the eyes of witnesses, that they did.
 */
export class PruneClaims {
  /** All of them: one that was said and not done is newer than the one that counts. There is one an hour at most. */
  readonly #claims = new Set<string>();

  take({ type, id, details }: JsonObject): void {
    if (type !== 'log.pruned' || typeof id !== 'string' || !isJsonObject(details)) return;
    this.#claims.add(claimOf(details['origin'], { ...details, record: id }));
  }

  claims(): readonly string[] {
    return [...this.#claims];
  }
}

export function claimOf(origin: unknown, { to, root, record }: JsonObject): string {
  return JSON.stringify([origin, to, root, record]);
}
