import { newCapability } from '#kernel/ids.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';

/** A capability for a browser: it holds the value, we its digest. */
export interface NewSecret {
  readonly value: string;
  readonly digest: string;
}

export function newSecret(): NewSecret {
  const value = newCapability() + newCapability();
  return { value, digest: sha256Hex(value) };
}

export interface CookieKind {
  /** Of the session, or of an attempt to sign in. */
  readonly name: 'session' | 'attempt';
  /** Served over https: the browser sends it back over nothing else, and nobody else sets it. */
  readonly secure: boolean;
  /** Which attempt it is of. */
  readonly of?: string;
}

const names = {
  session: { plain: 'bailiwick_session', secure: '__Host-bailiwick' },
  attempt: { plain: 'bailiwick_sign_in', secure: '__Host-bailiwick-sign-in' },
} as const;

/** That of a session goes with the browser, that of an attempt with its time; what it is worth is judged here. */
export function setCookie(kind: CookieKind, value: string): string {
  const age = kind.name === 'attempt' ? `; Max-Age=${limits.signInAttemptMs / 1_000}` : '';
  return `${nameOf(kind)}=${value}; ${attributes(kind)}${age}`;
}

const attemptsAtOnce = 8;

/** Takes away those of attempts that were left off, where there are too many: they go along with each request. */
export function dropOldAttempts(secure: boolean, header: string | undefined): readonly string[] {
  const prefix = `${nameOf({ name: 'attempt', secure })}_`;
  const held = (header ?? '')
    .split(';')
    .map((pair) => pair.trim().split('=', 1)[0] ?? '')
    .filter((name) => name.startsWith(prefix) && /^[\w-]+$/.test(name));
  if (held.length < attemptsAtOnce) return [];
  return held.map((name) => dropCookie({ name: 'attempt', secure, of: name.slice(prefix.length) }));
}

export function dropCookie(kind: CookieKind): string {
  return `${nameOf(kind)}=; ${attributes(kind)}; Max-Age=0`;
}

export function cookieDigest(kind: CookieKind, header: string | undefined): string | undefined {
  const value = cookieValue(kind, header);
  return value === undefined ? undefined : sha256Hex(value);
}

/** INVARIANT: of two of one name neither counts: who else put one there, nobody knows. */
export function cookieValue(kind: CookieKind, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const name = nameOf(kind);
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = found;
  if (value === undefined || found.length > 1 || !/^[A-Za-z0-9_-]{44}$/.test(value)) {
    return undefined;
  }
  return value;
}

function nameOf({ name, secure, of }: CookieKind): string {
  const base = secure ? names[name].secure : names[name].plain;
  return of === undefined ? base : `${base}_${of}`;
}

/** `Lax`: it comes along when a provider sends the browser back, and with no form of another site. */
function attributes({ secure }: CookieKind): string {
  return `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
