import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { objects, textOf } from '../output.ts';

type Ask = (question: Readonly<Record<string, string>>) => Promise<JsonObject>;

/**
 * What comes to the logs, in the order in which it comes. INVARIANT: each record is told once, however much comes
 * between two looks, and however late it comes behind others that were made after it.
 */
export class FollowedTail {
  #arrived = '';

  /** The page that it begins with, newest first as it was answered; what there is before it is not told. */
  begin(answer: JsonObject): readonly JsonObject[] {
    this.#arrived = textOf(answer['arrived']);
    return objects(answer['records']).toReversed();
  }

  async look(
    q: string,
    ask: Ask,
    tell: (answer: JsonObject, records: readonly JsonObject[]) => void,
  ): Promise<number> {
    let told = 0;
    for (;;) {
      const limit = String(limits.auditQueryRows);
      const answer = await ask({ q, arrivedAfter: this.#arrived, limit });
      const records = objects(answer['records']);
      if (records.length > 0) tell(answer, records);
      told += records.length;
      this.#arrived = textOf(answer['arrived']);
      if (answer['more'] !== true) return told;
    }
  }
}

const soonMs = 1_000;
const latestMs = 5_000;

/** Each look is on record: while nothing comes, it is looked less often. */
export function restAfterLook(told: number, before: number): number {
  return told > 0 ? soonMs : Math.min(latestMs, before * 2);
}
