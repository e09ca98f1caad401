const fewestKinds = 8;
const leastChanging = 0.22;
const placeholder = /example|changeme|placeholder|redacted|x{4}|\.{3}|your[_-]?/i;

/**
 * Does the text look drawn by a machine? Words, paths, names and versions change between small
 * letters, capitals and digits seldom; drawn text does so all the time.
 */
export function looksRandom(text: string): boolean {
  if (placeholder.test(text) || new Set(text).size < fewestKinds) return false;
  let digits = 0;
  let letters = 0;
  let changes = 0;
  let before = 0;
  for (let at = 0; at < text.length; at += 1) {
    const kind = kindOf(text.charCodeAt(at));
    if (kind === 0) continue;
    if (kind === 1) digits += 1;
    else letters += 1;
    if (before !== 0 && kind !== before) changes += 1;
    before = kind;
  }
  return digits > 0 && letters > 0 && changes >= leastChanging * (digits + letters);
}

/** 1 digit, 2 small letter, 3 capital, 0 anything else. */
function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return 1;
  if (code >= 97 && code <= 122) return 2;
  return code >= 65 && code <= 90 ? 3 : 0;
}
