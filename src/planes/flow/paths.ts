/**
 * A path as a system reads it, and its parts. INVARIANT: the same place gives the same parts, however it is written: nobody who writes
 * it otherwise writes something else.
 */
export function pathParts(text: string): readonly string[] {
  const bare = decoded(text.trim().replace(/^file:(?:\/\/[^/]*)?/iu, '')).replaceAll('\\', '/');
  const kept: string[] = [];
  for (const part of bare.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  const last = kept.at(-1);
  const whole = `${bare.startsWith('/') ? '/' : ''}${kept.join('/')}`;
  const parts = [text, whole, kept.join('/')];
  // A plain word is the name of very many things.
  if (last !== undefined && kept.length > 1 && /[\p{N}._-]/u.test(last)) parts.push(last);
  return [...new Set(parts.filter((part) => part !== ''))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
