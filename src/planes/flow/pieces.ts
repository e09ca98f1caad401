const longest = 256;
const most = 6;

/**
 * Whether a text can be put together of two to six pieces that are known, two letters each at least. Quadratic in a length that
 * is bounded. `known` is asked for one piece after the other that begin at the same place, each one letter longer than the last, from one
 * letter on. Answers what stands for the first piece.
 */
export function isJoined<Place>(
  text: string,
  known: (from: number) => (to: number) => Place | undefined,
): Place | undefined {
  if (text.length < 4 || text.length > longest) return undefined;
  // By where a prefix ends: with how few pieces, and what its first one is.
  const ends: ({ readonly pieces: number; readonly first: Place } | undefined)[] = [];
  for (let from = 0; from + 2 <= text.length; from += 1) {
    const before = from === 0 ? { pieces: 0, first: undefined } : ends[from];
    if (before === undefined || before.pieces >= most) continue;
    const piece = known(from);
    piece(from + 1);
    for (let to = from + 2; to <= text.length; to += 1) {
      const place = piece(to);
      // The whole of it by itself is no piece.
      if (place === undefined || (from === 0 && to === text.length)) continue;
      const pieces = before.pieces + 1;
      const best = ends[to];
      if (best !== undefined && pieces >= best.pieces) continue;
      ends[to] = { pieces, first: before.first ?? place };
    }
  }
  return ends[text.length]?.first;
}
