import type { Clock } from '#kernel/time.ts';
import type { IndexReport } from './door.ts';

export interface IndexHealth {
  readonly fault: string | undefined;
  readonly behind: number;
  /** For so long there was always more than it had taken. */
  readonly behindMs: number;
  /** Since it said anything. */
  readonly silentMs: number;
}

/** Keeps what the thread of the index said last; when it says nothing any more, that is seen too. */
export class IndexWatch {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #behindSince = new Map<string, number>();
  #reports = new Map<string, IndexReport>();
  #heardAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
  }

  hear(reports: readonly IndexReport[]): void {
    const now = this.#clock.monotonic();
    this.#heardAt = now;
    this.#reports = new Map(reports.map((one) => [one.tenant, one]));
    for (const { tenant, behind } of reports) {
      if (behind === 0) this.#behindSince.delete(tenant);
      else if (!this.#behindSince.has(tenant)) this.#behindSince.set(tenant, now);
    }
  }

  health(tenant: string): IndexHealth {
    const now = this.#clock.monotonic();
    const { fault, behind = 0 } = this.#reports.get(tenant) ?? {};
    const since = this.#behindSince.get(tenant) ?? now;
    return { fault, behind, behindMs: now - since, silentMs: now - this.#heardAt };
  }
}
