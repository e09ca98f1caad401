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
