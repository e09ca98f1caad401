import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import { objects, textOf } from '../output.ts';

/** Writers sign for their logs at their own times: a record may come so long after one that was made later. */
const lateMs = 10_000;

type Ask = (question: Readonly<Record<string, string>>) => Promise<JsonObject>;

/**
 * What comes, oldest first, page after page. INVARIANT: between two looks there may come as much as there likes,
 * and each of it is told once; only what comes later than `lateMs` behind newer ones is not.
 */
export class FollowedTail {
  readonly #seen = new Map<string, number>();
  #newest = 0;
  /** Older ones were not asked for. */
  #oldest = 0;

  /** The page that it begins with, newest first as it was answered; what there is before it is not told. */
  begin(answer: JsonObject): readonly JsonObject[] {
    const found = this.#fresh(objects(answer['records']).toReversed());
    if (answer['next'] !== undefined) this.#oldest = timeOf(found[0]);
    return found;
  }

  async look(
    query: string,
    ask: Ask,
    tell: (answer: JsonObject, records: readonly JsonObject[]) => void,
  ): Promise<number> {
    const from = Math.max(this.#newest - lateMs, this.#oldest);
    const since = this.#newest === 0 ? '' : ` since:${isoTime(from)}`;
    const q = `${query}${since}`.trim();
    let next: string | undefined;
    let told = 0;
    do {
      const page = { q, order: 'oldest', limit: String(limits.auditQueryRows) };
      const answer = await ask(next === undefined ? page : { ...page, cursor: next });
      const records = this.#fresh(objects(answer['records']));
      if (records.length > 0) tell(answer, records);
      told += records.length;
      next = typeof answer['next'] === 'string' ? answer['next'] : undefined;
    } while (next !== undefined);
    for (const [id, at] of this.#seen) if (at < this.#newest - 2 * lateMs) this.#seen.delete(id);
    return told;
  }

  #fresh(records: readonly JsonObject[]): readonly JsonObject[] {
    return records.filter((found) => {
      const id = idOf(found);
      if (this.#seen.has(id)) return false;
      const at = timeOf(found);
      this.#seen.set(id, at);
      this.#newest = Math.max(this.#newest, at);
      return true;
    });
  }
}

function idOf({ record }: JsonObject): string {
  return isJsonObject(record) ? textOf(record['id']) : '';
}

function timeOf(found: JsonObject | undefined): number {
  const record = found?.['record'];
  const at = isJsonObject(record) ? Date.parse(textOf(record['time'])) : Number.NaN;
  return Number.isNaN(at) ? 0 : at;
}

const soonMs = 1_000;
const latestMs = 5_000;

/** Each look is on record: while nothing comes, it is looked less often. */
export function restAfterLook(told: number, before: number): number {
  return told > 0 ? soonMs : Math.min(latestMs, before * 2);
}
