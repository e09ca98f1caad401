import type { Principal } from '#kernel/principal.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';

const lanesOfServers = new WeakMap<ServerEntry, string>();

/**
 * What shares connections: servers behind one origin do, whatever they are called; a process has its
 * own.
 */
export function laneOf(server: ServerEntry, { tenant, instance }: Principal): string {
  if (server.connect.kind === 'stdio') {
    return `${tenant}\n${server.name}\n${server.shared ? '' : instance}`;
  }
  const known = lanesOfServers.get(server);
  if (known !== undefined) return known;
  const origin = new URL(server.connect.url).origin;
  lanesOfServers.set(server, origin);
  return origin;
}
