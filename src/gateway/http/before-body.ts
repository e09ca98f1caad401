import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { headerProblem, type RequestHeaders } from './headers.ts';
import type { Protocol, Route } from './protocol.ts';
import type { Place } from './routes.ts';

export interface Doors {
  /** Exact `Host` values that are served; anything else is DNS rebinding. */
  readonly hosts: () => ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  /** Those of them that clients write with https, whoever ends it. */
  readonly publicHosts?: ReadonlySet<string>;
}

/** Where a request goes. */
export interface Served {
  readonly protocol: Protocol;
  readonly route: Route;
}

/** By the head alone: where a request goes, or what is wrong with it. */
export function servedBy(
  { hosts, origins, publicHosts }: Doors,
  request: Pick<IncomingMessage, 'method'>,
  headers: RequestHeaders,
  place: Place | undefined,
): Served | Refusal {
  const problem = headerProblem(headers);
  if (problem !== undefined) return problem;
  const { values } = headers;
  if (!hosts().has(values['host'] ?? '')) return refusal('admit/forbidden-host');
  const origin = values['origin'];
  if (origin !== undefined && !origins.has(origin) && !isOwn(hosts(), publicHosts, origin))
    return refusal('admit/forbidden-origin');
  if (place === undefined) return refusal('admit/not-found');
  const route = place.routes.find(({ method }) => method === request.method);
  if (route === undefined) return notAllowed(place);
  return bodyProblem(route, values) ?? { protocol: place.protocol, route };
}

/** INVARIANT: the host was judged before: this is the very address that was asked, and no page is there. */
function isOwn(
  hosts: ReadonlySet<string>,
  publicHosts: ReadonlySet<string> | undefined,
  origin: string,
): boolean {
  const [, scheme, host = ''] = /^(https?):\/\/([^/]+)$/.exec(origin) ?? [];
  return hosts.has(host) && (scheme === 'https' || publicHosts?.has(host) !== true);
}

function notAllowed({ routes }: Place): Refusal {
  const methods = routes.map(({ method }) => method).join(' or ');
  return refusal('admit/method-not-allowed', { suggestedAction: `use ${methods}` });
}

function bodyProblem(
  { method }: Route,
  values: Readonly<Record<string, string>>,
): Refusal | undefined {
  if (method !== 'POST') {
    const framed = values['transfer-encoding'] ?? values['content-length'] ?? '0';
    return framed === '0'
      ? undefined
      : refusal('admit/malformed', { message: 'a request of this method has no body' });
  }
  const type = (values['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/json' ? undefined : refusal('admit/content-type');
}
