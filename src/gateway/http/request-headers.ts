import type { IncomingMessage } from 'node:http';

/** Headers that decide something. One that stands twice is refused, not merged. */
const single = new Set([
  'authorization',
  'dpop',
  'host',
  'origin',
  'content-type',
  'content-length',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
]);

export interface RequestHeaders {
  readonly values: Readonly<Record<string, string>>;
  /** The first of the headers above that stood more than once. */
  readonly duplicate: string | undefined;
}

/** From the raw list: Node's own view drops or joins duplicates silently. */
export function readHeaders(request: IncomingMessage): RequestHeaders {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  let duplicate: string | undefined;
  const raw = request.rawHeaders;
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (!single.has(name)) continue;
    if (values[name] !== undefined) duplicate ??= name;
    else values[name] = raw[at + 1] ?? '';
  }
  return { values, duplicate };
}
