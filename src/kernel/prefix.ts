/** What readers strip, end a line at, or cut a text at: none of it belongs to a name. */
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

const separators = /[/\\]/;

/** `.`, `..` and what some file systems and servers take for them: `...`, `.. `, `..;x`, `..?x`. */
const climbing = /^ *\.[. ]*(?:[;?#].*)?$/;

/** `https://host` without the slash that ends the host: what follows could still belong to it. */
const openAuthority = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}[^/\\?#]*$/i;

/** UTF-8 that is longer than it needs to be, the old disguise of dots and slashes. */
const overlong = /%(?:c[01]|e0%[89]|f0%8)/i;

const escape = /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/gi;

/** As often as some chain of readers may decode a text. */
const mostDecodings = 4;

/**
 * Whether the text starts with the prefix and stays below it. INVARIANT: the tool may read the text
 * as a path or as a URL, so what climbs out of the prefix by any spelling that such readers know is
 * outside; better to refuse an odd name than to let one through.
 */
export function staysBelow(value: string, prefix: string): boolean {
  if (!value.startsWith(prefix) || control.test(value)) return false;
  const start = Math.max(prefix.lastIndexOf('/'), prefix.lastIndexOf('\\')) + 1;
  const rest = value.slice(start);
  // Some readers also take wide and small forms of the same characters for them.
  if ([rest, rest.normalize('NFKC')].some((text) => climbsOut(text) || hidesSteps(text))) {
    return false;
  }
  if (!separators.test(prefix)) return true;
  if (openAuthority.test(prefix) && !/^(?:[/?#]|$)/.test(value.slice(prefix.length))) return false;
  return !hasEmptySegment(rest) && sameHost(value, prefix);
}

/** Whether a prefix is itself what it seems: nothing in it climbs, hides or is empty. */
export function isPlainPrefix(prefix: string): boolean {
  const path = prefix.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?\/?/i, '');
  const forms = [path, path.normalize('NFKC')];
  return (
    !control.test(prefix) &&
    !forms.some((text) => climbsOut(text) || hidesSteps(text)) &&
    !hasEmptySegment(path)
  );
}

function climbsOut(text: string): boolean {
  return text.split(separators).some((segment) => climbing.test(segment));
}

/** A dot, a separator or a control character behind one or more layers of percent signs. */
function hidesSteps(text: string): boolean {
  let layer = text;
  for (let round = 0; round < mostDecodings; round += 1) {
    let hidden = overlong.test(layer);
    const below = layer.replace(escape, (_whole, wide?: string, byte?: string) => {
      const code = Number.parseInt(wide ?? byte ?? '', 16);
      if (isStep(code)) hidden = true;
      return String.fromCharCode(code);
    });
    if (hidden) return true;
    if (below === layer) return false;
    layer = below;
  }
  return true;
}

function isStep(code: number): boolean {
  return code < 0x20 || code === 0x7f || './\\'.includes(String.fromCharCode(code));
}

/** `a//b` is `/b` to some readers. A slash at the end is no empty segment: it names a folder. */
function hasEmptySegment(rest: string): boolean {
  const path = rest.split(/[?#]/, 1)[0] ?? '';
  return path.split(separators).slice(0, -1).includes('');
}

/** As a URL reader sees it: the same scheme, host and port, and nobody logs in on the way. */
function sameHost(value: string, prefix: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(prefix)) return true;
  const [inside, whole] = [URL.parse(prefix), URL.parse(value)];
  if (inside === null || whole === null) return false;
  if (whole.username + whole.password !== '') return false;
  return inside.protocol === whole.protocol && inside.host === whole.host;
}
