import type { Route } from './route.ts';
import type { WebRoute } from './web-route.ts';

/** What of a route says which requests are its own. */
type Placed = Pick<Route | WebRoute, 'method' | 'path'>;

export interface Matched<R extends Placed = Route> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

export function matchRoute<R extends Placed>(
  routes: readonly R[],
  method: string,
  path: string,
): Matched<R> | 'not-found' | 'wrong-method' {
  const segments = path.split('/');
  let wrongMethod = false;
  for (const route of routes) {
    const params = matchPath(route.path.split('/'), segments);
    if (params === undefined) continue;
    if (route.method === method) return { route, params };
    wrongMethod = true;
  }
  return wrongMethod ? 'wrong-method' : 'not-found';
}

/** By which methods an address is served. */
export function methodsAt(routes: readonly Placed[], path: string): readonly string[] {
  const segments = path.split('/');
  const served = routes.filter((one) => matchPath(one.path.split('/'), segments) !== undefined);
  return [...new Set(served.map(({ method }) => method))];
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith(':')) {
      const value = decodeSegment(segment);
      if (value === undefined || value === '') return undefined;
      params[part.slice(1)] = value;
    } else if (part !== segment) {
      return undefined;
    }
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
