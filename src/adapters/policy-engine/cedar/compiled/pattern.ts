/** The parts of a pattern of `like` between its wildcards. One part only: no wildcard at all. */
export type Pattern = readonly string[];

/**
 * INVARIANT: the same as by code points, as both texts are well formed: a part can then only be
 * found where a code point begins. The first places that fit leave most for what comes after.
 */
export function matcherOf(pattern: Pattern): (text: string) => boolean {
  const [first = '', ...rest] = pattern;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  const [middle] = rest;
  if (middle === undefined) return between(first, last);
  if (rest.length === 1 && first === '' && last === '') return (text) => text.includes(middle);
  return (text) => matches(text, pattern);
}

function between(first: string, last: string): (text: string) => boolean {
  if (last === '') return (text) => text.startsWith(first);
  if (first === '') return (text) => text.endsWith(last);
  const shortest = first.length + last.length;
  return (text) => text.length >= shortest && text.startsWith(first) && text.endsWith(last);
}

function matches(text: string, pattern: Pattern): boolean {
  const first = pattern[0] ?? '';
  const end = pattern.length - 1;
  const last = pattern[end] ?? '';
  const stop = text.length - last.length;
  if (stop < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (let part = 1; part < end; part += 1) {
    const wanted = pattern[part] ?? '';
    const found = text.indexOf(wanted, at);
    if (found < 0) return false;
    at = found + wanted.length;
  }
  return at <= stop;
}
