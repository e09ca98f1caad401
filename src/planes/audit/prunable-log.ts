import type { PrunedPrefix } from '#tlog/index.ts';

/** A log, as far as its front can go. */
export interface PrunableLog {
  readonly tenant: string;
  readonly retention: string;
  readonly writer: string;
  readonly origin: string;
  size(): number;
  pruned(): PrunedPrefix | undefined;
  newestIn(bundle: number): number;
  rootOf(count: number): string;
  /** INVARIANT: refuses by itself what must still be kept. */
  prune(order: {
    readonly to: number;
    readonly record: string;
    readonly now: number;
    readonly keptUntil: (madeAt: number) => number;
    readonly elsewhereUntil: (bundle: number) => Promise<number | undefined>;
  }): Promise<void>;
  sweep(): Promise<void>;
}
