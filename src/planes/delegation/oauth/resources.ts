import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TaskScope, TenantSnapshot } from '#kernel/snapshot.ts';

const place = /^(https?:\/\/[^/?#]+)\/mcp(?:\/([a-z0-9-]{1,64}))?$/;

/** Where gateways say that they are met. */
export function originsIn(gateways: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(
    gateways
      .flatMap(({ origins }) => (Array.isArray(origins) ? origins : []))
      .filter((origin) => typeof origin === 'string'),
  );
}

export interface Resource {
  /** Of one tool server alone. */
  readonly server: string | undefined;
}

/**
 * RFC 8707: which of our addresses a token is for. INVARIANT: compared with where gateways say that they are;
 * no other name of the same place is ours.
 */
export function resourceOf(
  origins: ReadonlySet<string>,
  resource: string | undefined,
): Resource | undefined {
  if (resource === undefined) return undefined;
  const [, origin = '', server] = place.exec(resource) ?? [];
  if (!origins.has(origin)) throw new BailiwickError('oauth/invalid-target');
  return { server };
}

/** Of all its servers at once. */
export function isWholeGateway(origins: ReadonlySet<string>, resource: string): boolean {
  const [, origin = '', server] = place.exec(resource) ?? [];
  return server === undefined && origins.has(origin);
}

/** A token for the address of one server is worth nothing at another one's. */
export function scopeOf(
  tenant: TenantSnapshot | undefined,
  agentName: string,
  resource: Resource | undefined,
): TaskScope | undefined {
  const server = resource?.server;
  if (server === undefined) return undefined;
  const agent = tenant?.agents[agentName];
  const manifest = agent === undefined ? undefined : tenant?.manifests[agent.manifest];
  const targets = manifest?.targets.filter(({ target }) => target.owner === server) ?? [];
  if (targets.length === 0) throw new BailiwickError('oauth/invalid-target');
  return { targets };
}
