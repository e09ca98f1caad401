const piece = 4;
/** So much of a value that what is left can be guessed. */
const enough = 0.8;

/**
 * Whether what is sent now, with what was sent before, says a value in pieces of so many letters, in whichever order.
 * INVARIANT: something of it is sent now; what was said before, on somebody's yes, is not said by every call after it.
 */
export function coversOf(before: string, now: string): (value: string) => boolean {
  const known = piecesOf(before);
  const all = piecesOf(now, new Set(known));
  return (value) => shareOf(value, all) >= enough && shareOf(value, known) < enough;
}

function piecesOf(letters: string, into = new Set<string>()): Set<string> {
  for (let at = 0; at + piece <= letters.length; at += 1) into.add(letters.slice(at, at + piece));
  return into;
}

function shareOf(value: string, pieces: ReadonlySet<string>): number {
  let covered = 0;
  let to = 0;
  for (let at = 0; at + piece <= value.length; at += 1) {
    if (!pieces.has(value.slice(at, at + piece))) continue;
    covered += at + piece - Math.max(at, to);
    to = at + piece;
  }
  return covered / value.length;
}
