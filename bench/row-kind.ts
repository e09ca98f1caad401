import type { LoadOptions, Measured } from './load.ts';
import type { Worlds } from './worlds.ts';

/** What is loaded, at how many connections, and which bare proxy it is told against. */
export interface RowKind {
  readonly name: string;
  readonly what: string;
  readonly beside: string;
  readonly at: readonly number[];
  open(worlds: Worlds): Promise<Loaded>;
}

export type Loaded = (options: LoadOptions) => Promise<Measured>;
