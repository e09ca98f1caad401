import type { Lent } from '#contracts/tool-server.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Scrubber } from './door.ts';
import { maskSecrets } from './find-secrets.ts';
import { laneScrubbers } from './lane-scrubber.ts';
import { formsOf, type SecretForms, shortestForm } from './secret-forms.ts';

interface Search {
  readonly forms: SecretForms;
  /** No form of any lent value has fewer characters than the value has. */
  readonly shortest: number;
  /** A secret of digits alone can come back as a number. */
  readonly inNumbers: boolean;
  hits: number;
}

/** Takes lent values out of results, in every encoding that a server is likely to echo. */
export function createScrubber(): Scrubber {
  return {
    scrub(value, lent) {
      if (lent.length === 0) return { value, hits: 0 };
      const search = searchFor(lent.flatMap(secretsOf));
      return { value: clean(value, search) as typeof value, hits: search.hits };
    },
    lanes: (lent) => laneScrubbers(formsOf(lent.flatMap(secretsOf))),
  };
}

function searchFor(secrets: readonly string[]): Search {
  const forms = formsOf(secrets);
  const shortest = Math.min(...secrets.map((secret) => Math.max(secret.length, shortestForm)));
  const inNumbers = secrets.some((secret) => /^[0-9]+$/.test(secret));
  return { forms, shortest, inNumbers, hits: 0 };
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
  if (text.length < search.shortest) return text;
  const masked = maskSecrets(text, search.forms);
  search.hits += masked.hits;
  return masked.text;
}

function cleanNumber(value: number, search: Search): Json {
  const text = String(value);
  const result = cleanText(text, search);
  return result === text ? value : result;
}

function cleanArray(value: readonly Json[], search: Search): Json {
  if (isBytes(value, search)) return cleanBytes(value, search);
  const before = search.hits;
  const items = value.map((item) => clean(item, search));
  return search.hits === before ? value : items;
}

/** A buffer as JSON writes it. */
function isBytes(value: readonly Json[], { shortest }: Search): value is readonly number[] {
  if (value.length < shortest) return false;
  return value.every((item) => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 256);
}

/** A list of numbers stays one, so that it still fits its schema. */
function cleanBytes(value: readonly number[], search: Search): Json {
  const { hits } = maskSecrets(value.join(','), search.forms);
  search.hits += hits;
  return hits === 0 ? value : value.map(() => 0);
}

function cleanObject(value: JsonObject, search: Search): Json {
  const before = search.hits;
  const entries = Object.keys(value).map((key): [string, Json] => [
    cleanText(key, search),
    clean(value[key] as Json, search),
  ]);
  return search.hits === before ? value : Object.fromEntries(entries);
}
