/** Finds the `id` of a record in its canonical bytes without reading the rest of it. */
const quote = 0x22;
const backslash = 0x5c;
const key = Buffer.from('"id":"', 'latin1');
const idLength = 36;

/** The top-level `"id"` of a canonical JSON object; undefined when it has none that is a plain string. */
export function recordIdOf(entry: Uint8Array): string | undefined {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      if (depth === 1 && startsWithKey(bytes, at)) return valueAt(bytes, at + key.length);
      at = endOfString(bytes, at);
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return undefined;
}

function startsWithKey(bytes: Buffer, at: number): boolean {
  const before = bytes[at - 1];
  return (before === 0x7b || before === 0x2c) && bytes.subarray(at, at + key.length).equals(key);
}

function valueAt(bytes: Buffer, start: number): string | undefined {
  const value = bytes.toString('latin1', start, start + idLength);
  return bytes[start + idLength] === quote && /^[0-9a-f-]{36}$/u.test(value) ? value : undefined;
}

function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
