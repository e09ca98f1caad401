/**
 * How much is looked into and kept. INVARIANT: what goes beyond is not passed over: from then on nothing is known
 * not to be a stranger's, and the reason says so.
 */
export const flowBounds = {
  /** Characters of one result. */
  textChars: 262_144,
  /** Characters of all arguments of one call. */
  argumentChars: 1_048_576,
  /** Of one result: what is looked into and kept, in steps that stand beside `Effort`. */
  effort: 1_000_000,
  /** Strings and numbers of one result. */
  leaves: 50_000,
  /** Members and items, whatever they are, of one result. */
  nodes: 200_000,
  depth: 64,
  /** Of a text that is known as one; a longer one is known by its pieces and words, and within others. */
  wholeChars: 256,
  /** Of a piece without a blank, or a word. */
  pieceChars: 512,
  /** Characters by which one place is named. */
  pathChars: 1_024,
  /** Texts of one result that are read to see whether they only say its data again. */
  copies: 8,
  /** Of one task: distinct values that are remembered. */
  keys: 100_000,
  /** Of one task: what it keeps. */
  bytes: 16_777_216,
  /** Of all tasks together, and of what is open of them; the task that was asked about longest ago goes first. */
  allBytes: 268_435_456,
  /** Of all results that were looked into whole, a part of `allBytes`; the one that was asked for longest ago goes first. */
  openBytes: 67_108_864,
  openSources: 5_000,
  tasks: 10_000,
  results: 5_000,
  /** Where one value stood: so many places, and it counts as a stranger's whatever else there was. */
  places: 16,
  /** Values of one call. */
  sinkValues: 1_000,
  /** Of one kind, from one result: with more there are several in any case. */
  candidates: 1_000,
  deeds: 10_000,
  /** Of one task: values and runs of letters that may not be told everywhere. */
  guarded: 200_000,
  /** Of these: values that are looked for in pieces. */
  denseValues: 1_000,
  /** Letters that one call sends, with what its encodings say; and those that a task sent before which are kept. */
  sentChars: 4_194_304,
  saidChars: 8_192,
  /** Comparisons of one judgement. */
  work: 1_000_000,
} as const;
