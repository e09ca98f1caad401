import { sha256Hex } from '#kernel/digest.ts';
import { newCapability } from '#kernel/ids.ts';

const names = { plain: 'bailiwick_passkey', secure: '__Host-bailiwick-passkey' } as const;

/** Ties a question to the browser that asked it: whoever has the answer alone has nothing. */
export function newBrowser(isSecure: boolean): {
  readonly holder: string;
  readonly cookie: string;
} {
  const value = newCapability() + newCapability();
  const name = isSecure ? names.secure : names.plain;
  const secure = isSecure ? '; Secure' : '';
  return {
    holder: holderOf(value),
    cookie: `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=600${secure}`,
  };
}

/** INVARIANT: of two of one name neither counts: who else put one there, nobody knows. */
export function browserOf(header: string | undefined, isSecure: boolean): string | undefined {
  const prefix = `${isSecure ? names.secure : names.plain}=`;
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix));
  const value = found[0]?.slice(prefix.length);
  return found.length === 1 && value !== undefined ? holderOf(value) : undefined;
}

function holderOf(value: string): string {
  return `browser ${sha256Hex(value)}`;
}
