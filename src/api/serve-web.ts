import type { IncomingMessage, ServerResponse } from 'node:http';
import { emptyObject } from '#kernel/json/index.ts';
import type { Matched } from './match-route.ts';
import type { ControlParts } from './parts.ts';
import { fieldsOf, readRequestBody } from './request-body.ts';
import type { WebAnswer, WebRoute } from './web-route.ts';

/**
 * Gives a web route what it may see of a request. INVARIANT: what anybody's page may ask is asked without
 * cookies: nobody has signed in there.
 */
export async function serveWeb(
  parts: ControlParts,
  request: IncomingMessage,
  { route, params }: Matched<WebRoute>,
  query: URLSearchParams,
): Promise<WebAnswer> {
  const { headers } = request;
  const body =
    route.method === 'GET' ? emptyObject() : await readRequestBody(request, route.encoding);
  const cookie = route.crossOrigin ? undefined : headers.cookie;
  return route.serve({
    parts,
    origin: originOf(parts.publicUrl(), headers.host),
    params,
    query: fieldsOf(query),
    body,
    headers: {
      cookie,
      authorization: headers.authorization,
      dpop: oneOf(headers['dpop']),
      origin: headers.origin,
      'sec-fetch-site': oneOf(headers['sec-fetch-site']),
      'if-match': headers['if-match'],
      'if-none-match': headers['if-none-match'],
      // Several stand here as one list, which is none that can be read.
      traceparent: [headers['traceparent'] ?? []].flat().join(', ') || undefined,
    },
    source: request.socket.remoteAddress ?? 'unknown',
  });
}

/**
 * INVARIANT: the host was judged before: whoever asks by another of our names is answered by that name. By
 * https only under the public one: nobody ends it in front of the others.
 */
function originOf(publicUrl: string, host: string | undefined): string {
  const isPublic = host === undefined || new URL(publicUrl).host === host;
  return isPublic ? publicUrl : `http://${host}`;
}

function oneOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? undefined : value;
}

/**
 * What no page of ours goes without, whatever its route says beside. INVARIANT: no other site is told a
 * referrer, and our own is: of a page with `no-referrer` browsers say `Origin: null` with every form, and a
 * form without our origin is taken for a forged one.
 */
const always = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

export function sendWeb(response: ServerResponse, { status, headers, body }: WebAnswer): void {
  for (const [name, value] of Object.entries({
    'cache-control': 'no-store',
    ...headers,
    ...always,
  })) {
    response.setHeader(name, value);
  }
  response.writeHead(status);
  response.end(body);
}
