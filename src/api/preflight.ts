import { matchRoute } from './match-route.ts';
import type { WebAnswer } from './web-route.ts';
import { webRoutes } from './web-routes.ts';

const open = webRoutes.filter(({ crossOrigin }) => crossOrigin);

/**
 * What a browser asks before another page may ask us. INVARIANT: never with cookies, and only where anybody's
 * page may ask anyway.
 */
export function preflight(path: string): WebAnswer | undefined {
  const methods = open
    .map(({ method }) => method)
    .filter((method) => typeof matchRoute(open, method, path) !== 'string');
  if (methods.length === 0) return undefined;
  return {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': [...new Set(methods)].join(', '),
      'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
      'access-control-max-age': '600',
    },
    body: '',
  };
}
