/** A key that was destroyed, as it is remembered outside of the store. */
export interface Tombstone {
  readonly tenant: string;
  readonly handle: string;
  /** Id of the record that says why and by whom. */
  readonly record: string;
  readonly at: number;
}

/**
 * What must stay destroyed, kept where no backup of the store or of the logs reaches: a store that is put
 * back has the keys again, and this says which must go.
 */
export interface Tombstones {
  /** Durable before it returns; the same again changes nothing. */
  add(tombstone: Tombstone): void;
  all(): readonly Tombstone[];
  /** Nothing was there: at a first start, or because somebody took it away. */
  readonly isMissing: boolean;
  /** What is there from now on is all there is. */
  settle(): void;
}
