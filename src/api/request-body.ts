import type { IncomingMessage } from 'node:http';
import { BailiwickError } from '#kernel/errors.ts';
import { emptyObject, isJsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

const types = {
  json: ['application/json'],
  form: ['application/x-www-form-urlencoded'],
  // RFC 7644 §3.1: its own name, and what connectors write instead.
  scim: ['application/scim+json', 'application/json'],
} as const;

/** The body as its route wants it, or nothing; a body in the other writing is refused. */
export async function readRequestBody(
  request: IncomingMessage,
  encoding: keyof typeof types,
): Promise<unknown> {
  const bytes = await collect(request);
  if (bytes.length === 0) return emptyObject();
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (!types[encoding].some((one) => one === type)) throw new BailiwickError('admit/content-type');
  if (encoding === 'form') return fieldsOf(new URLSearchParams(bytes.toString('utf8')));
  const value = parseJson(bytes);
  if (!isJsonObject(value)) {
    throw new BailiwickError('api/invalid', { message: 'the body must be a JSON object' });
  }
  return value;
}

/** INVARIANT: one value for each name; of two, another reader may take the other one. */
export function fieldsOf(pairs: URLSearchParams): Readonly<Record<string, string>> {
  const fields = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    if (Object.hasOwn(fields, name)) {
      throw new BailiwickError('api/invalid', { details: { problems: [`${name}: stands twice`] } });
    }
    fields[name] = value;
  }
  return fields;
}

/** A client that sends all before it reads hears why it was refused, if it sends no more than this. */
const mostDiscarded = 32 * limits.documentBytes;

/**
 * INVARIANT: what is too large is refused at once and read on, into nothing and up to a bound: whoever is no longer
 * read waits with the answer unread.
 */
function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limits.documentBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(new BailiwickError('admit/too-large'));
      if (size > mostDiscarded) request.destroy();
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new BailiwickError('admit/malformed')));
  });
}
