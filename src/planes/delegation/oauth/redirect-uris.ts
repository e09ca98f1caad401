/** Where an answer may be sent. INVARIANT: compared as text; nothing is resolved, decoded or made alike. */

const longest = 2_048;
const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::(?:0|[1-9]\d{0,4}))?(\/.*)?$/;
const scheme = /^([a-z][a-z0-9+.-]*):/;

/** What a browser, or the system, would do something else with than wake an app of the user. */
const dangerous = new Set([
  'about',
  'blob',
  'chrome',
  'data',
  'file',
  'filesystem',
  'ftp',
  'http',
  'https',
  'intent',
  'javascript',
  'jar',
  'mailto',
  'ms-settings',
  'resource',
  'sms',
  'ssh',
  'tel',
  'vbscript',
  'view-source',
  'ws',
  'wss',
  'search-ms',
  'ms-msdt',
  'shell',
]);

export type RedirectForm = 'loopback' | 'https' | 'app';

/**
 * What kind of place it is; undefined when nothing may be sent there: no plain URL, one with a user, a
 * fragment or dots in its path, http but to this machine.
 */
export function redirectForm(text: string): RedirectForm | undefined {
  const url = isPlain(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const [, name = ''] = scheme.exec(text) ?? [];
  if (name === 'http' || name === 'https') {
    // What is written in another way could be read in another way.
    if (url.href !== text && url.href !== `${text}/`) return undefined;
    if (name === 'https') return 'https';
    return loopback.test(text) ? 'loopback' : undefined;
  }
  const hasDots = /(?:^|[/\\])(?:\.|%2e){1,2}(?:$|[/\\?])/i.test(text);
  return name === '' || hasDots || dangerous.has(name) ? undefined : 'app';
}

function isPlain(text: string): boolean {
  return text.length <= longest && /^[\x21-\x7e]+$/.test(text) && !/[#\\<>"`{}|^]/.test(text);
}

/** RFC 8252 §7.3: of this machine any port, since an app takes the one that it gets. */
export function sameRedirect(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  const left = loopback.exec(registered);
  const right = loopback.exec(asked);
  return (
    left !== null && right !== null && left[1] === right[1] && (left[2] ?? '') === (right[2] ?? '')
  );
}

/**
 * Whether a document lets somebody who registers themselves have this one: `loopback`, a scheme of an app
 * with its colon (`cursor:`), or an address as it stands.
 */
export function allowsRedirect(patterns: readonly string[], text: string): boolean {
  const form = redirectForm(text);
  if (form === undefined) return false;
  return patterns.some((pattern) => {
    if (pattern === 'loopback') return form === 'loopback';
    if (isScheme(pattern)) return form === 'app' && text.startsWith(pattern);
    return sameRedirect(pattern, text);
  });
}

export function isScheme(pattern: string): boolean {
  return /^[a-z][a-z0-9+.-]*:$/.test(pattern) && !dangerous.has(pattern.slice(0, -1));
}
