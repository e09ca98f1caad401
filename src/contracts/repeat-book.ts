/** By which somebody asks for an act that may be asked for again. */
export interface RepeatKey {
  readonly tenant: string;
  /** Or a token of theirs, which counts apart. */
  readonly person: string;
  /** Digest of what whoever asks calls it. */
  readonly key: string;
}

/** INVARIANT: nothing here says what was asked for or answered to whoever reads the store. */
export interface RepeatedAct {
  /** Of route and body, under a key that only whoever asks has. */
  readonly request: string;
  readonly begunAt: number;
  /** Undefined: it runs, or it ended without anybody knowing how. */
  readonly doneAt: number | undefined;
  /** Sealed; undefined where answers are not kept. */
  readonly answer: string | undefined;
}

export type BegunRepeat =
  | { readonly kind: 'begun' }
  | { readonly kind: 'known'; readonly act: RepeatedAct }
  /** As many as one person may have at a time. */
  | { readonly kind: 'full' };

/** Acts that may be asked for again. INVARIANT: of any number who begin one at a time, one begins it. */
export interface RepeatBook {
  begin(
    act: RepeatKey & {
      readonly request: string;
      readonly now: number;
      readonly until: number;
      readonly most: number;
    },
  ): Promise<BegunRepeat>;
  finish(
    act: RepeatKey & { readonly answer: string | undefined; readonly now: number },
  ): Promise<void>;
  /** Nothing was done: it may be begun again. What is done stays. */
  drop(act: RepeatKey): Promise<void>;
  /** Of every tenant what is over; answers how many. */
  forget(now: number): Promise<number>;
}
