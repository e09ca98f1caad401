import type { Lent } from '#contracts/tool-server.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Scrubber } from './door.ts';
import { encodingsOf, escapedPattern } from './encodings.ts';

const mask = '[secret]';

interface Search {
  /** Longest first, so that no encoding is torn apart by a shorter one inside it. */
  readonly needles: readonly string[];
  readonly patterns: readonly RegExp[];
  /** A secret of digits alone can come back as a number. */
  readonly inNumbers: boolean;
  hits: number;
}

/** Takes lent values out of results, in every encoding that a server is likely to echo. */
export function createScrubber(): Scrubber {
  return {
    scrub(value, lent) {
      if (lent.length === 0) return { value, hits: 0 };
      const secrets = [...new Set(lent.flatMap(secretsOf))];
      const search: Search = {
        needles: secrets.flatMap(encodingsOf).sort((a, b) => b.length - a.length),
        patterns: secrets.map(escapedPattern).filter((one) => one !== undefined),
        inNumbers: secrets.some((secret) => /^[0-9]+$/.test(secret)),
        hits: 0,
      };
      return { value: clean(value, search) as typeof value, hits: search.hits };
    },
  };
}

/** Of HTTP's basic scheme the decoded form and the password are as secret as what was lent. */
function secretsOf(lent: Lent): string[] {
  if (lent.kind !== 'header' || !/^basic /i.test(lent.value)) return [lent.secret];
  const decoded = Buffer.from(lent.value.slice(6), 'base64').toString('utf8');
  return [lent.secret, decoded, decoded.slice(decoded.indexOf(':') + 1)];
}

/** The same object when nothing was found: most results pass without a copy. */
function clean(value: Json, search: Search): Json {
  if (typeof value === 'string') return cleanText(value, search);
  if (typeof value === 'number') return search.inNumbers ? cleanNumber(value, search) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value)
    ? cleanArray(value as readonly Json[], search)
    : cleanObject(value as JsonObject, search);
}

function cleanText(text: string, search: Search): string {
  let result = text;
  for (const needle of search.needles) {
    if (!result.includes(needle)) continue;
    const parts = result.split(needle);
    search.hits += parts.length - 1;
    result = parts.join(mask);
  }
  for (const pattern of search.patterns) {
    result = result.replace(pattern, () => {
      search.hits += 1;
      return mask;
    });
  }
  return result;
}

function cleanNumber(value: number, search: Search): Json {
  const text = String(value);
  const result = cleanText(text, search);
  return result === text ? value : result;
}

function cleanArray(value: readonly Json[], search: Search): Json {
  const before = search.hits;
  const items = value.map((item) => clean(item, search));
  return search.hits === before ? value : items;
}

function cleanObject(value: JsonObject, search: Search): Json {
  const before = search.hits;
  const entries = Object.keys(value).map((key): [string, Json] => [
    cleanText(key, search),
    clean(value[key] as Json, search),
  ]);
  return search.hits === before ? value : Object.fromEntries(entries);
}
