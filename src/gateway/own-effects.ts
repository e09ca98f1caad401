import type { EffectReport, GatewayEffects } from '#contracts/effect-book.ts';
import type { Clock } from '#kernel/time.ts';
import type { GatewayState } from './state.ts';

export interface OwnEffectsParts {
  readonly effects: GatewayEffects;
  readonly state: GatewayState;
  readonly clock: Clock;
}

interface Known {
  readonly report: EffectReport;
  /** The overlay that has it; undefined while control was not told. */
  inOverlay: number | undefined;
}

const atOnce = 256;

/** What this gateway itself knows of effects, until the overlay has it. */
export class OwnEffects {
  readonly #parts: OwnEffectsParts;
  readonly #known = new Map<string, Known>();
  #sending: Promise<void> | undefined;
  onChange = (): void => undefined;

  constructor(parts: OwnEffectsParts) {
    this.#parts = parts;
  }

  get untold(): readonly EffectReport[] {
    return this.#waiting().map(({ report }) => report);
  }

  put(report: EffectReport): void {
    const key = keyOf(report);
    // Not to know says more than to know.
    if (this.#known.get(key)?.report.effect === 'unknown') return;
    this.#known.set(key, { report, inOverlay: undefined });
    this.onChange();
  }

  find(
    call: Omit<CallName, 'argumentsDigest'>,
    digests: () => readonly string[],
  ): EffectReport | undefined {
    if (this.#known.size === 0) return undefined;
    for (const argumentsDigest of digests()) {
      const found = this.#find(keyOf({ ...call, argumentsDigest }));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #find(key: string): EffectReport | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    const { inOverlay, report } = known;
    if (inOverlay === undefined || this.#parts.state.overlay.number < inOverlay) return report;
    // INVARIANT: the overlay has it, or a person has taken it out of there: it speaks for all.
    this.#known.delete(key);
    return undefined;
  }

  /** Tells control what it was not told; what it does not take now stays. */
  async flush(): Promise<void> {
    // Whoever came after the last look of a round that is just ending gets a round of their own.
    for (let round = 0; round < 2 && this.#waiting().length > 0; round += 1) {
      this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
      await this.#sending.catch(() => undefined);
    }
  }

  async #send(): Promise<void> {
    const { effects, clock } = this.#parts;
    for (let due = this.#waiting(); due.length > 0; due = this.#waiting()) {
      const some = due.slice(0, atOnce);
      const reports = some.map(({ report }) => report);
      const number = await effects.report(reports, clock.now());
      for (const known of some) known.inOverlay = number;
      this.onChange();
    }
  }

  #waiting(): Known[] {
    return [...this.#known.values()].filter(({ inOverlay }) => inOverlay === undefined);
  }
}

type CallName = Pick<EffectReport, 'tenant' | 'task' | 'target' | 'argumentsDigest'>;

function keyOf({ tenant, task, target, argumentsDigest }: CallName): string {
  return `${tenant}\n${task}\n${target}\n${argumentsDigest}`;
}
