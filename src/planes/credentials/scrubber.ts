import type { Lent } from '#contracts/tool-server.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Scrubber } from './door.ts';

const mask = '[secret]';

/** Takes lent values out of results, in every encoding that a server is likely to echo. */
export function createScrubber(): Scrubber {
  return {
    scrub(value, lent) {
      if (lent.length === 0) return { value, hits: 0 };
      const needles = [...new Set(lent.flatMap(needlesOf))].sort((a, b) => b.length - a.length);
      const counter = { hits: 0 };
      return { value: clean(value, needles, counter) as typeof value, hits: counter.hits };
    },
  };
}

/** Raw, JSON-escaped, URL-encoded, hex, and base64 in its three alignments. */
function needlesOf(lent: Lent): string[] {
  return [...new Set([lent.secret, lent.value])].flatMap((text) => {
    const bytes = Buffer.from(text);
    const base64 = [0, 1, 2].map((shift) => alignedBase64(bytes, shift));
    return [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...base64,
      ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
    ].filter((needle) => needle.length >= 6);
  });
}

/** The characters of base64 that the bytes alone decide, when `shift` bytes stand before them. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const start = Math.ceil((shift * 8) / 6);
  const end = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(start, end);
}

function clean(value: Json, needles: readonly string[], counter: { hits: number }): Json {
  if (typeof value === 'string') return cleanText(value, needles, counter);
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => clean(item, needles, counter));
  }
  if (typeof value !== 'object' || value === null) return value;
  const object = value as JsonObject;
  return Object.fromEntries(
    Object.keys(object).map((key) => [
      cleanText(key, needles, counter),
      clean(object[key] as Json, needles, counter),
    ]),
  );
}

function cleanText(text: string, needles: readonly string[], counter: { hits: number }): string {
  let result = text;
  for (const needle of needles) {
    if (!result.includes(needle)) continue;
    const parts = result.split(needle);
    counter.hits += parts.length - 1;
    result = parts.join(mask);
  }
  return result;
}
