import { BailiwickError } from '../errors.ts';
import type { Json, JsonObject } from './value.ts';

/** RFC 8785. The one form that schema, scan, policy, digest, approval view and upstream share. */
export function canonicalBytes(value: Json): Buffer {
  return Buffer.from(canonicalText(value), 'utf8');
}

export function canonicalText(value: Json): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw notJson();
      return String(value === 0 ? 0 : value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayText(value) : objectText(value as JsonObject);
    default:
      throw notJson();
  }
}

function arrayText(value: readonly Json[]): string {
  let text = '[';
  for (let at = 0; at < value.length; at += 1) {
    if (at > 0) text += ',';
    text += canonicalText(value[at] as Json);
  }
  return `${text}]`;
}

function objectText(value: JsonObject): string {
  const keys = Object.keys(value);
  sortKeys(keys);
  let text = '{';
  let first = true;
  for (const key of keys) {
    text += first ? quote(key) : `,${quote(key)}`;
    text += `:${canonicalText(value[key] as Json)}`;
    first = false;
  }
  return `${text}}`;
}

/** Small objects dominate; insertion beats the general sort there and allocates nothing. */
function sortKeys(keys: string[]): void {
  if (keys.length > 16) {
    keys.sort();
    return;
  }
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] as string;
    let to = at - 1;
    while (to >= 0 && (keys[to] as string) > key) {
      keys[to + 1] = keys[to] as string;
      to -= 1;
    }
    keys[to + 1] = key;
  }
}

// Everything but quotes, backslashes, controls and surrogates stands for itself.
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : quoteSlowly(text);
}

function quoteSlowly(text: string): string {
  if (!text.isWellFormed()) throw notJson();
  return JSON.stringify(text);
}

function notJson(): BailiwickError {
  return new BailiwickError('gateway/internal', { message: 'a value is not JSON' });
}
