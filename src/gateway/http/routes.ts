import type { Protocol, Route } from './protocol.ts';

/** What is served at one path. */
export interface Place {
  readonly protocol: Protocol;
  readonly routes: readonly Route[];
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
