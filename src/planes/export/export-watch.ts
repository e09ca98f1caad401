import type { Clock } from '#kernel/time.ts';
import type { ExportState } from './door.ts';

export interface ExportsHealth {
  readonly sinks: readonly (ExportState & { readonly behindMs: number })[];
  /** Since the thread of the exporters said anything. */
  readonly silentMs: number;
}

/** Keeps what the exporters said last; when they say nothing any more, that is seen too. */
export class ExportWatch {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #behindSince = new Map<string, number>();
  #states: readonly ExportState[] = [];
  #heardAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
  }

  hear(states: readonly ExportState[]): void {
    const now = this.#clock.monotonic();
    this.#heardAt = now;
    this.#states = states;
    for (const { sink, lag } of states) {
      if (lag === 0) this.#behindSince.delete(sink);
      else if (!this.#behindSince.has(sink)) this.#behindSince.set(sink, now);
    }
  }

  /** Of one tenant: where records of others go is not told. */
  health(tenant: string): ExportsHealth {
    const now = this.#clock.monotonic();
    const sinks = this.#states
      .filter((one) => one.tenant === tenant)
      .map((one) => ({ ...one, behindMs: now - (this.#behindSince.get(one.sink) ?? now) }));
    return { sinks, silentMs: now - this.#heardAt };
  }
}
