/** How far a store is. None of these ever shrinks, so a store that is behind one was put back. */
export interface StoreMark {
  /** Made once, and the same for as long as the store lives; undefined until `keep`. */
  readonly id: string | undefined;
  readonly epoch: number;
  /** The overlay's number. */
  readonly overlay: number;
  /** By tenant: grants that were ever spent, labels that were raised and versions of documents, added up. */
  readonly spent: Readonly<Record<string, number>>;
}

/** By tenant and open task: the labels that it carries, none too. A task that is open has lost none of them, ever. */
export type OpenLabels = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface StoreMarks {
  current(): Promise<StoreMark>;
  openLabels(): Promise<OpenLabels>;
  /** The store remembers from here on, by its id, that a ratchet is kept of it. */
  keep(id: string): Promise<void>;
  /** What was handed out once is not handed out again: neither number is below these then. */
  lift(above: { readonly epoch: number; readonly overlay: number }): Promise<void>;
}
