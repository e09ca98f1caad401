import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from '#kernel/errors.ts';

/** Headers that decide something. One that stands twice is refused, not merged. */
const single = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'host',
  'origin',
  'expect',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/**
 * Headers that may stand more than once: what stands in each is one list. Several `traceparent` are one
 * that cannot be read, as W3C has it: the call goes on, and begins a trace.
 */
const listed = new Set(['accept', 'traceparent']);

export interface RequestHeaders {
  /** Only headers that decide something: `x-forwarded-*` and the like are not read at all. */
  readonly values: Readonly<Record<string, string>>;
  /** The first of the headers above that stood more than once. */
  readonly duplicate: string | undefined;
}

export type HeadersReader = (request: Pick<IncomingMessage, 'rawHeaders'>) => RequestHeaders;

/**
 * Reads from the raw list: Node's own view drops or joins duplicates silently. What any protocol says
 * beside a body, also what it may say later, decides something at every address.
 */
export function headersReader(
  protocols: readonly { readonly headerPrefixes: readonly string[] }[],
): HeadersReader {
  const prefixes = protocols.flatMap(({ headerPrefixes }) => headerPrefixes);
  const decides = (name: string) =>
    single.has(name) || listed.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  const nameOf = remembering((written) => {
    const name = written.toLowerCase();
    return decides(name) ? name : undefined;
  });
  return ({ rawHeaders }) => {
    const values: Record<string, string> = Object.create(null) as Record<string, string>;
    let duplicate: string | undefined;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = nameOf(rawHeaders[at] ?? '');
      if (name === undefined) continue;
      const before = values[name];
      const value = rawHeaders[at + 1] ?? '';
      if (before === undefined) values[name] = value;
      else if (listed.has(name)) values[name] = `${before}, ${value}`;
      else duplicate ??= name;
    }
    return { values, duplicate };
  };
}

const mostNames = 256;
const longestName = 64;

/**
 * Clients write the same few names in the same way: each is judged once. Bounded, and begun anew when
 * it is full, so that names made up to fill it cost their sender's requests no more than they did.
 */
function remembering(
  judge: (written: string) => string | undefined,
): (written: string) => string | undefined {
  const judged = new Map<string, string | undefined>();
  return (written) => {
    const known = judged.get(written);
    if (known !== undefined || judged.has(written)) return known;
    const name = judge(written);
    if (written.length > longestName) return name;
    if (judged.size >= mostNames) judged.clear();
    judged.set(written, name);
    return name;
  };
}

/**
 * What is wrong with the headers alone. INVARIANT: where a request ends is said once and in one way;
 * whoever stands before or behind us must not read another request out of the same bytes.
 */
export function headerProblem({ values, duplicate }: RequestHeaders): Refusal | undefined {
  if (duplicate !== undefined) {
    return refusal('admit/duplicate-header', { message: `header \`${duplicate}\` stands twice` });
  }
  const coding = values['transfer-encoding'];
  if (coding !== undefined && values['content-length'] !== undefined) {
    return malformed('`Content-Length` and `Transfer-Encoding` exclude each other');
  }
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return malformed('no transfer coding but `chunked` is read');
  }
  if (values['expect'] !== undefined && values['expect'].toLowerCase() !== '100-continue') {
    return malformed('no expectation but `100-continue` is met');
  }
  return (values['content-encoding'] ?? 'identity') === 'identity'
    ? undefined
    : refusal('admit/content-type', { message: 'the body must not be encoded' });
}

function malformed(message: string): Refusal {
  return refusal('admit/malformed', { message });
}
