import { looksRandom } from './randomness.ts';
import { createScanner, searchesFor } from './scan.ts';

/** A variable, a header, an argument or a part of an address, as a client's configuration has it. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

const scanner = createScanner(searchesFor([]));

const secretWords =
  /^(?:key|keys|token|tokens|secret|secrets|password|passwords|passwd|passphrase|pass|pwd|pat|pin|credential|credentials|cred|creds|auth|authorization|authentication|bearer|cookie|session|dsn|sig|signature|apikey|apitoken|apisecret|jwt)$/;
/** Names that say key and mean a name: `SORT_KEY`, `PUBLIC_KEY`. */
const harmlessWords =
  /^(?:public|sort|primary|foreign|partition|cache|path|file|dir|folder|url|uri|endpoint|id|name|type|header|scheme|mode|method|enabled|disabled|required|timeout|limit|max|count|ttl|expiry|length)$/;
const plainValue =
  /^(?:true|false|yes|no|on|off|none|null|\d{1,5}|https?:\/\/[^@\s?]*|\$\{[^}]*\}|\.{0,2}\/[^\s]*|~\/[^\s]*)$/i;
const machineMade = /^[A-Za-z0-9+/_=.~-]{20,}$/;

/**
 * Why a setting is taken for a secret; undefined when it is none. Here a setting too many costs
 * nothing (it is lent instead of written down), and one too few stays in the clear: so a name that
 * says secret is enough, and so is a value that nobody can have thought up.
 */
export function settingSecret({ name, value }: Setting): string | undefined {
  if (value === '') return undefined;
  const [hit] = scanner.scan(value);
  if (hit !== undefined) return hit.detector;
  if (plainValue.test(value)) return undefined;
  if (saysSecret(name)) return 'name';
  if (addressHolds(value)) return 'address';
  return machineMade.test(value) && looksRandom(value) && !isPath(value) ? 'random' : undefined;
}

/**
 * Why a setting may be a secret although nothing says that it is: short, or oddly named. For a person
 * to decide. Undefined of what is surely one, too.
 */
export function settingDoubt(setting: Setting): string | undefined {
  const { name, value } = setting;
  if (value.length < fewestDoubtful || plainValue.test(value)) return undefined;
  if (!typed.test(value) || settingSecret(setting) !== undefined) return undefined;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9_-]/].filter((kind) =>
    kind.test(value),
  ).length;
  if (shortFlag.test(name) && kinds > 1) return 'flag';
  return value.length >= fewestUnnamed && kinds > 2 ? 'shape' : undefined;
}

const fewestDoubtful = 6;
const fewestUnnamed = 10;
/** What somebody types as a password: no path, address, package or version. */
const typed = /^[A-Za-z0-9_+=~!#$%^&*-]+$/;
/** `-p` of a password or pass phrase, `-k` of a key, `-t` of a token, `-s` of a secret. */
const shortFlag = /^[pPkKtTsSaAwW]$/;

/** A member of an address's query. */
function addressHolds(value: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return false;
  const members = URL.parse(value)?.searchParams ?? [];
  return [...members].some(([name, one]) => settingSecret({ name, value: one }) !== undefined);
}

function saysSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  if (harmlessWords.test(last) || words.includes('public')) return false;
  return (
    words.some((word) => secretWords.test(word)) &&
    !(last === 'key' && harmlessWords.test(words.at(-2) ?? ''))
  );
}

/** Folders of packages and images have versions and digests in their names. */
function isPath(value: string): boolean {
  return value.includes('/') && !/^[A-Za-z0-9+/]{40,}={0,2}$/.test(value);
}
