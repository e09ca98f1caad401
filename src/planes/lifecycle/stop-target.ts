import type { OverlayEntry, StopTarget } from '#kernel/overlay.ts';

/** As a person names it; the tenant is not theirs to name, but for a stop of the whole tenant. */
export interface NamedTarget {
  readonly kind: StopTarget['kind'];
  readonly name?: string | undefined;
}

export function targetOf({ kind, name = '' }: NamedTarget, tenant: string): StopTarget {
  switch (kind) {
    case 'all':
      return { kind };
    case 'tenant':
      return { kind, tenant: name };
    case 'agent':
      return { kind, tenant, agent: name };
    case 'instance':
      return { kind, tenant, instance: name };
    case 'tool': {
      const slash = name.search(/[/.]/);
      if (slash < 0) return { kind, tenant, server: name, tool: undefined };
      return { kind, tenant, server: name.slice(0, slash), tool: name.slice(slash + 1) };
    }
  }
}

export function nameOf({ kind, name }: NamedTarget): string {
  return kind === 'all' ? 'everything' : `${kind} ${name ?? ''}`;
}

/** Stored targets come back with their keys in any order. */
export function sameTarget(a: StopTarget, b: StopTarget): boolean {
  return JSON.stringify(parts(a)) === JSON.stringify(parts(b));
}

function parts(target: StopTarget): readonly (string | undefined)[] {
  switch (target.kind) {
    case 'all':
      return [target.kind];
    case 'tenant':
      return [target.kind, target.tenant];
    case 'agent':
      return [target.kind, target.tenant, target.agent];
    case 'instance':
      return [target.kind, target.tenant, target.instance];
    case 'tool':
      return [target.kind, target.tenant, target.server, target.tool];
  }
}

/**
 * What one tenant sees of the overlay. That everything is stopped concerns everybody; who did it
 * and why is told to the tenant that runs the system only.
 */
export function seenBy(
  entries: readonly OverlayEntry[],
  tenant: string,
  systemTenant: string,
): OverlayEntry[] {
  return entries.flatMap((entry) => {
    if (entry.target.kind !== 'all') return entry.target.tenant === tenant ? [entry] : [];
    return [tenant === systemTenant ? entry : { ...entry, by: 'the operator', reason: '' }];
  });
}
