import type { NeverTaken, SinkAnswer } from '#contracts/event-sink.ts';
import { limits } from '#kernel/limits.ts';

/**
 * A record that is poison is rare; a receiver that refuses one after the other is not set up for what it is
 * sent. INVARIANT: no more than `exportRefusedInARow` are believed to be refused for good with nothing taken
 * in between; from then on everything waits until somebody looked.
 */
export class RefusedInARow {
  #count = 0;

  /** What an answer about so many records comes to. */
  judge(answer: SinkAnswer, records: number): SinkAnswer {
    const settled = Math.max(0, Math.min(records, answer.settled));
    const refused = new Map(answer.never.map((one) => [one.at, one]));
    const never: NeverTaken[] = [];
    for (let at = 0; at < settled; at += 1) {
      const one = refused.get(at);
      if (one === undefined) {
        this.#count = 0;
        continue;
      }
      if (this.#count >= limits.exportRefusedInARow) {
        const why = `it refuses one record after the other: ${one.why}`;
        return { settled: at, never, later: { why } };
      }
      this.#count += 1;
      never.push(one);
    }
    const { later } = answer;
    return { settled, never, ...(later === undefined ? {} : { later }) };
  }
}
