const longest = 4_096;

/**
 * Where a browser is sent back to after it has signed in: a place of ours. INVARIANT: no other host, however it
 * is written; what is not plainly ours is the first page.
 */
export function ownPath(text: string | undefined): string {
  if (text === undefined || text.length > longest) return '/';
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) return '/';
  const base = 'http://ours.invalid';
  const url = URL.parse(text, base);
  if (url === null || url.origin !== base) return '/';
  const path = `${url.pathname}${url.search}${url.hash}`;
  return path.startsWith('//') ? '/' : path;
}
