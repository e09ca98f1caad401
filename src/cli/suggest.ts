/** The known word that was most likely meant; undefined when none is near. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const near = known
    .map((word) => ({ word, steps: distance(given, word) }))
    .filter(({ word, steps }) => steps <= Math.max(1, Math.floor(word.length / 3)));
  return near.sort((a, b) => a.steps - b.steps)[0]?.word;
}

/** All that were perhaps meant, the nearest first: near by letters, or one a part of the other. */
export function nearestOnes(given: string, known: readonly string[]): readonly string[] {
  const first = nearest(given, known);
  const parts = known.filter(
    (word) => given.length > 2 && (word.includes(given) || given.includes(word)),
  );
  return [...new Set([...(first === undefined ? [] : [first]), ...parts])].slice(0, 3);
}

/** Words are short; what is longer than any of them is near to none. */
const longest = 64;

/** How many letters must be added, removed or changed. */
function distance(from: string, to: string): number {
  if (from.length > longest || to.length > longest) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (let j = 1; j <= to.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (to[j - 1] === letter ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
