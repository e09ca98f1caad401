import type { Principal } from '#kernel/principal.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';

/**
 * What shares connections: servers behind one origin do, whatever they are called; a process has its
 * own.
 */
export function laneOf(server: ServerEntry, { tenant, instance }: Principal): string {
  const { connect } = server;
  if (connect.kind === 'http') return originOf(connect);
  return `${tenant}\n${server.name}\n${server.shared ? '' : instance}`;
}

const origins = new WeakMap<object, string>();

/** Read once for each entry of a configuration: it is asked for on the way of every call. */
export function originOf(entry: { readonly url: string }): string {
  const known = origins.get(entry);
  if (known !== undefined) return known;
  const { origin } = new URL(entry.url);
  origins.set(entry, origin);
  return origin;
}
