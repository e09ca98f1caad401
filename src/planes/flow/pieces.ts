const longest = 256;
const most = 6;

/**
 * Whether a text can be put together of two to six pieces that are known, two letters each at least. Quadratic in
 * a length that is bounded. Answers what stands for its first piece.
 */
export function isJoined<Place>(
  text: string,
  known: (piece: string) => Place | undefined,
): Place | undefined {
  if (text.length < 4 || text.length > longest) return undefined;
  // By where a prefix ends: with how few pieces, and what its first one is.
  const ends: ({ readonly pieces: number; readonly first: Place } | undefined)[] = [];
  for (let end = 2; end <= text.length; end += 1) {
    for (let start = 0; start <= end - 2; start += 1) {
      const before = start === 0 ? { pieces: 0, first: undefined } : ends[start];
      if (before === undefined || before.pieces >= most) continue;
      if (start === 0 && end === text.length) continue;
      const place = known(text.slice(start, end));
      if (place === undefined) continue;
      const made = { pieces: before.pieces + 1, first: before.first ?? place };
      const best = ends[end];
      if (best === undefined || made.pieces < best.pieces) ends[end] = made;
    }
  }
  return ends[text.length]?.first;
}
