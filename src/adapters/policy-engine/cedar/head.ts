const headToken = /\s+|\/\/[^\n]*|@\s*\w+|[()]|"(?:[^"\\]|\\[^])*"/y;
const forbid = /forbid\b/y;

/**
 * The text of one rule with `permit` in place of `forbid`. Only spaces, comments and annotations
 * may stand before that word. The caller proves the result by reading it back through the engine.
 */
export function asPermit(rule: string): string {
  let at = 0;
  for (;;) {
    headToken.lastIndex = at;
    const token = headToken.exec(rule);
    if (token === null) break;
    at += token[0].length;
  }
  forbid.lastIndex = at;
  if (!forbid.test(rule)) return rule;
  return `${rule.slice(0, at)}permit${rule.slice(at + 'forbid'.length)}`;
}
