import { isUtf8 } from 'node:buffer';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** Takes out of one text what must not be told. */
export type CleanText = (text: string) => { readonly value: string; readonly redactions: number };

interface Cleaned<T extends Json> {
  readonly value: T;
  readonly redactions: number;
}

/** Members in which the protocol carries files: base64 of what they hold. */
const carriers = new Set(['blob', 'data']);

/**
 * The result with its files looked into. INVARIANT: what must not be told is found in a file as in a
 * text; only its own bytes are replaced there. The same object comes back when there was nothing.
 */
export function cleanBlobs(result: JsonObject, clean: CleanText): Cleaned<JsonObject> {
  // Most results carry none, and are only looked through for one.
  if (!carriesFile(result)) return { value: result, redactions: 0 };
  let redactions = 0;
  const cleanBlob = (blob: string): string => {
    const cleaned = cleanFile(blob, clean);
    redactions += cleaned.redactions;
    return cleaned.value;
  };
  return { value: inObject(result, cleanBlob), redactions };
}

function carriesFile(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some(carriesFile);
  const object = value as JsonObject;
  for (const key of Object.keys(object)) {
    const inside = object[key];
    if (typeof inside === 'string' ? carriers.has(key) : carriesFile(inside ?? null)) return true;
  }
  return false;
}

function cleanFile(blob: string, clean: CleanText): Cleaned<string> {
  const bytes = Buffer.from(blob, 'base64');
  // One character a byte where it is no text, so that every byte comes back as it was.
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const { value, redactions } = clean(bytes.toString(encoding));
  if (redactions === 0) return { value: blob, redactions };
  return { value: Buffer.from(value, encoding).toString('base64'), redactions };
}

function inValue(value: Json, cleanBlob: (blob: string) => string): Json {
  if (Array.isArray(value)) return inArray(value as readonly Json[], cleanBlob);
  return isJsonObject(value) ? inObject(value, cleanBlob) : value;
}

function inArray(items: readonly Json[], cleanBlob: (blob: string) => string): Json {
  const after = items.map((item) => inValue(item, cleanBlob));
  return after.every((item, at) => item === items[at]) ? items : after;
}

function inObject(value: JsonObject, cleanBlob: (blob: string) => string): JsonObject {
  let changed = false;
  const entries = Object.entries(value).map(([key, before]): [string, Json] => {
    const isFile = typeof before === 'string' && carriers.has(key);
    const after = isFile ? cleanBlob(before) : inValue(before, cleanBlob);
    changed ||= after !== before;
    return [key, after];
  });
  return changed ? Object.fromEntries(entries) : value;
}
