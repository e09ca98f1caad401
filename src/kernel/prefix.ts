/** What readers strip, end a line at, or cut a text at: none of it belongs to a name. */
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

const separators = /[/\\]/;

/**
 * `.`, `..` and what some file systems and servers take for them: `...`, `.. `, `..+`, `..;x`,
 * `..?x`, `..:`, `..::$DATA`.
 */
const climbing = /^[\s+]*\.[.\s+]*(?:[;?#:].*)?$/s;

/** `https://host` without the slash that ends the host: what follows could still belong to it. */
const openAuthority = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}[^/\\?#]*$/i;

/** One character in the old way of scripts, or a run of bytes. */
const escapes = /%u[0-9a-f]{4}|(?:%[0-9a-f]{2})+/gi;

/** Nothing is to be seen of them, and some readers drop them. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

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
  const readings = readingsOf(rest);
  if (readings === undefined || readings.some(climbsOut)) return false;
  if (!separators.test(prefix)) return true;
  if (openAuthority.test(prefix) && !/^(?:[/?#]|$)/.test(value.slice(prefix.length))) return false;
  return !readings.some(hasEmptySegment) && sameHost(value, prefix);
}

/** Whether a prefix is itself what it seems: nothing in it climbs, hides or is empty. */
export function isPlainPrefix(prefix: string): boolean {
  const path = prefix.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?\/?/i, '');
  const readings = readingsOf(path);
  return (
    !control.test(prefix) &&
    readings !== undefined &&
    !readings.some((text) => climbsOut(text) || hasEmptySegment(text))
  );
}

function climbsOut(text: string): boolean {
  return text.split(separators).some((segment) => climbing.test(segment));
}

/**
 * All that some chain of readers may make of a text; undefined when nobody can say, or when a dot, a
 * separator or a control character stands behind percent signs. INVARIANT: each layer is read as it
 * is and folded, since what folds first may lose an escape that another one reads.
 */
function readingsOf(text: string): readonly string[] | undefined {
  const all = new Set<string>();
  let layer = [...new Set(formsOf(text))];
  for (let round = 0; round < mostDecodings; round += 1) {
    for (const form of layer) all.add(form);
    const read = layer.map(decoded);
    if (!read.every((text) => text !== undefined)) return undefined;
    const below = read.filter((text, at) => text !== layer[at]).flatMap(formsOf);
    if (below.length === 0) return [...all];
    layer = [...new Set(below)];
  }
  return undefined;
}

/** Some readers take wide, small and slanted forms of a character for it. */
function formsOf(text: string): readonly string[] {
  const seen = text.replace(invisible, '');
  const plain = seen.replace(/[\u2044\u2215\u29f8]/g, '/').replace(/[\u2216\u29f5]/g, '\\');
  return [text, plain.normalize('NFKC')];
}

function decoded(text: string): string | undefined {
  let isClear = true;
  const read = text.replace(escapes, (run) => {
    const said = characters(run);
    if (said === undefined || formsOf(said).some(isStep)) isClear = false;
    return said ?? '';
  });
  return isClear ? read : undefined;
}

/** As UTF-8, strictly: bytes that are longer than they need to be are an old disguise. */
function characters(run: string): string | undefined {
  if (/^%u/i.test(run)) return String.fromCharCode(Number.parseInt(run.slice(2), 16));
  try {
    return decodeURIComponent(run);
  } catch {
    return undefined;
  }
}

function isStep(text: string): boolean {
  return /[./\\]/.test(text) || control.test(text);
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

/** What may stand in a path or a query as itself. Whatever else there is has to be an escape. */
const bare = /[\w.~!$&'()*+,;=:@/?-]/;

const wholeUri = /^[a-z][a-z0-9+.-]*:(?:[\w.~!$&'()*+,;=:@/?-]|\[[0-9a-f:.]+\]|%[0-9A-F]{2})*$/;

/** Dropped or put together by some readers, so that two names become one. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/u;

/** An escape that is still there when one layer is read. */
const deeper = /%(?:u[0-9a-f]{4}|[0-9a-f]{2})/i;

const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)/;

/** Of a Windows name the dots and spaces at its end are no part; a slash there is none of a file. */
const looseEnd = /[. ](?:[/?]|$)|\/(?:\?|$)/;

/**
 * Whether a URI is in the one form in which it would be named. INVARIANT: two such texts that a
 * reader of escapes takes for the same are the same; an escape stands only for what cannot stand as
 * itself, so that nothing has two spellings.
 */
export function isPlainUri(uri: string): boolean {
  const read = plainlyRead(uri);
  return read !== undefined && !looseEnd.test(read) && !uri.endsWith('?') && !/\?.*\+/.test(uri);
}

/** The same of a folder, which ends with its slash. */
export function isPlainFolder(prefix: string): boolean {
  return prefix.endsWith('/') && !prefix.includes('?') && isPlainUri(`${prefix}x`);
}

/** What it says when its escapes are read; undefined when it could be spelt otherwise. */
function plainlyRead(uri: string): string | undefined {
  if (!wholeUri.test(uri) || !hasPlainHost(uri)) return undefined;
  let read: string;
  try {
    read = decodeURIComponent(uri);
  } catch {
    return undefined;
  }
  const escaped = uri.match(/(?:%[0-9A-F]{2})+/g) ?? [];
  if (escaped.some((run) => bare.test(decodeURIComponent(run)))) return undefined;
  return unseen.test(read) || deeper.test(read) || read.normalize() !== read ? undefined : read;
}

function hasPlainHost(uri: string): boolean {
  const host = authority.exec(uri)?.[1] ?? '';
  return host === host.toLowerCase() && URL.parse(uri)?.href === uri;
}
