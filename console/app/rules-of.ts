export interface Rule {
  readonly effect: 'permit' | 'forbid';
  /** By its annotation; else which one it is. */
  readonly id: string;
  /** Its head, in one line. */
  readonly about: string;
}

/**
 * The rules in a text of Cedar, for a list beside it. It is no reader of Cedar: it only knows where a rule begins,
 * outside of texts and comments; what decides reads the whole.
 */
export function rulesOf(cedar: string): readonly Rule[] {
  const bare = cedar.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*/g, (found) =>
    found.startsWith('"') ? `"${'x'.repeat(found.length - 2)}"` : ' '.repeat(found.length),
  );
  const rules: Rule[] = [];
  let from = 0;
  for (const match of bare.matchAll(/\b(permit|forbid)\s*\(/g)) {
    const begin = match.index + match[0].length;
    const end = bare.indexOf(')', begin);
    const notes = cedar.slice(from, match.index);
    const id = /@id\(\s*"((?:[^"\\\n]|\\.)*)"\s*\)/.exec(notes)?.[1] ?? `rule ${rules.length + 1}`;
    const head = cedar.slice(begin, end < 0 ? undefined : end);
    rules.push({
      effect: match[1] === 'permit' ? 'permit' : 'forbid',
      id,
      about: head.replaceAll(/\s+/g, ' ').trim(),
    });
    from = begin;
  }
  return rules;
}
