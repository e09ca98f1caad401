import type { Protocol, Route } from './protocol.ts';

/** What is served at one path. */
export interface Place {
  readonly protocol: Protocol;
  readonly routes: readonly Route[];
  /** What stood behind its path, where that goes on. */
  readonly below?: string;
}

/** Where a request goes, by its address alone. */
export function placesIn(protocols: readonly Protocol[]): (url: string) => Place | undefined {
  const places = placesOf(protocols);
  return (url) => {
    const exact = places.get(url);
    if (exact !== undefined) return exact.routes.some(isExact) ? exact : undefined;
    const at = url.lastIndexOf('/') + 1;
    const place = places.get(url.slice(0, at));
    const below = url.slice(at);
    const routes = place?.routes.filter((route) => route.below?.test(below) === true) ?? [];
    return place === undefined || routes.length === 0 ? undefined : { ...place, routes, below };
  };
}

function isExact({ below }: Route): boolean {
  return below === undefined;
}

/** What the gateway itself asks, and what no protocol serves: no front is called so. */
const taken = new Set(['internal', 'http']);

/** INVARIANT: a path belongs to one protocol, and no front can pass for the gateway itself. */
export function placesOf(protocols: readonly Protocol[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const names = new Set(taken);
  for (const protocol of protocols) {
    if (names.has(protocol.name)) throw new TypeError(`two fronts are called ${protocol.name}`);
    names.add(protocol.name);
    for (const { path } of protocol.routes) {
      const known = places.get(path);
      if (known !== undefined && known.protocol !== protocol) {
        throw new TypeError(`two fronts serve ${path}`);
      }
      places.set(path, { protocol, routes: protocol.routes.filter((one) => one.path === path) });
    }
  }
  return places;
}
