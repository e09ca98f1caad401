import type { Figures } from './figures.ts';
import type { Worlds } from './worlds.ts';

/** What is no row of calls: it is measured in rounds of its own, after the rows. */
export interface Measure {
  readonly name: string;
  readonly what: string;
  run(asked: MeasureAsked): Promise<MeasureResult>;
}

export interface MeasureAsked {
  readonly worlds: Worlds;
  readonly rounds: number;
  readonly seconds: number;
  /** Of full load, for memory. */
  readonly minutes: number;
  /** That a log holds before it is started again. */
  readonly records: number;
  readonly say: (text: string) => void;
}

export interface MeasureResult {
  readonly figures: Figures;
  /** What is told beside the figures. */
  readonly lines: readonly string[];
}
