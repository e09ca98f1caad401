import type { ServerReport } from '#contracts/server-report.ts';
import type { ConnectionNews, Lent } from '#contracts/tool-server.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { ServerEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Intake } from './intake.ts';
import { ServerSeen } from './server-seen.ts';

/** How each tool server does at this gateway, for the people who run it. Nothing is decided by it. */
export interface ServerStates {
  /** Whatever becomes of one connection to it is told to the answer. */
  connection(
    tenant: string,
    server: ServerEntry,
    lent: readonly Lent[],
    /** Which signers it is opened for. */
    wants?: string,
  ): (news: ConnectionNews) => void;
  /** A look came to its end, or did not. */
  looked(tenant: string, server: string, outcome: { readonly tools: number } | Refusal): void;
  /** When it is looked at next. */
  nextLook(tenant: string, server: string, inMs: number): void;
  /** Forgets what the new Snapshot no longer names, or names differently. */
  adopt(snapshot: Snapshot): void;
  /** What changed since it was asked last; all of it after `again`. */
  changed(): readonly ServerReport[];
  again(): void;
}

export interface ServerStateParts {
  readonly intake: Pick<Intake, 'printed'>;
  readonly clock: Clock;
}

export function createServerStates({ intake, clock }: ServerStateParts): ServerStates {
  const seen = new Map<string, ServerSeen>();
  const keyOf = (tenant: string, server: string) => `${tenant}\n${server}`;
  const find = (tenant: string, server: string) => seen.get(keyOf(tenant, server));
  const begin = (tenant: string, { name, digest }: ServerEntry): ServerSeen => {
    const known = find(tenant, name);
    if (known?.digest === digest) return known;
    const made = new ServerSeen({ tenant, server: name, digest }, { clock, intake });
    seen.set(keyOf(tenant, name), made);
    return made;
  };
  return {
    connection(tenant, server, lent, wants = '') {
      const known = find(tenant, server.name);
      // A call that was on its way when its document changed says nothing of the newer one.
      if (known !== undefined && known.digest !== server.digest) return () => undefined;
      return begin(tenant, server).connection(lent, wants);
    },
    looked: (tenant, server, outcome) => find(tenant, server)?.looked(outcome),
    nextLook: (tenant, server, inMs) => find(tenant, server)?.nextLook(inMs),
    adopt(snapshot) {
      for (const one of seen.values()) {
        const now = snapshot.tenants[one.tenant]?.servers[one.server];
        if (now?.digest !== one.digest) seen.delete(keyOf(one.tenant, one.server));
      }
      for (const { tenant, servers } of Object.values(snapshot.tenants)) {
        for (const server of Object.values(servers)) begin(tenant, server);
      }
    },
    changed: () => [...seen.values()].flatMap((one) => one.report() ?? []),
    again() {
      for (const one of seen.values()) one.again();
    },
  };
}
