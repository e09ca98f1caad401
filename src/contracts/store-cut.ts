/** A file of the store as it was at the moment of the cut; its name is below the data folder. */
export interface CutFile {
  readonly name: string;
  readonly bytes: number;
}

/** INVARIANT: all files are of one moment, and nobody changes them until it ends. Writers go on beside them. */
export interface StoreCut {
  readonly files: readonly CutFile[];
  /** False where something had to change them before: what was read is worth nothing then. */
  end(): Promise<boolean>;
}

/** One cut at a time; whoever asks for a second one is refused with `store/locked`. */
export interface StoreCuts {
  begin(): Promise<StoreCut>;
}
