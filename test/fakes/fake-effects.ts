import type { EffectReport, GatewayEffects, GatewayLife } from '#contracts/effect-book.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** What a gateway tells control, kept; away when it is told to be. */
export class FakeEffects implements GatewayEffects {
  readonly reports: EffectReport[] = [];
  readonly served: string[] = [];
  readonly past: GatewayLife[] = [];
  readonly leavers: GatewayLife[] = [];
  away = false;
  asked = 0;
  /** The overlay that has what was reported last. */
  number = 0;

  #take(): void {
    this.asked += 1;
    if (this.away) throw new BailiwickError('store/unavailable');
  }

  async serving(_gateway: GatewayLife, tenant: string, task: string): Promise<void> {
    this.#take();
    this.served.push(`${tenant}/${task}`);
  }

  async report(reports: readonly EffectReport[]): Promise<number> {
    await Promise.resolve();
    this.#take();
    this.reports.push(...reports);
    this.number += 1;
    return this.number;
  }

  async recovered(gateway: GatewayLife): Promise<void> {
    this.#take();
    this.past.push(gateway);
  }

  async left(gateway: GatewayLife): Promise<void> {
    this.#take();
    this.leavers.push(gateway);
  }
}
