export interface LoginAsk {
  readonly id: string;
  /** Of the operating system. */
  readonly uid: number;
  readonly text: Uint8Array;
}

/** A place that only the owner of the keys can write into. */
export interface LoginDrop {
  /**
   * Each is taken once; what others could have written is no request. What was left behind, an answer
   * that nobody fetched before `staleBefore` or half of a request, is gone after it.
   */
  take(staleBefore: number): readonly LoginAsk[];
  answer(id: string, text: string): void;
  last(): Uint8Array | undefined;
  keepLast(text: string): void;
}
