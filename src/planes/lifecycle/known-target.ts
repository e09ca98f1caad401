import type { BailiwickError } from '#kernel/errors.ts';
import { stopNames, unknownStop } from '#kernel/stop-target.ts';
import { declaredTargets, type DocumentKind } from '#contracts/document-kind.ts';
import type { InstanceBook } from '#contracts/instance-book.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { StopTarget } from '#kernel/overlay.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ownerKinds, targetText } from '#kernel/target.ts';

export interface KnownParts {
  readonly instances: Pick<InstanceBook, 'list' | 'unbound'>;
  readonly catalogue: Pick<ToolCatalogue, 'get' | 'list'>;
  readonly snapshot: () => Snapshot | undefined;
  /** Whose documents say what there is. */
  readonly kinds: readonly DocumentKind[];
}

/**
 * Undefined when there is such a thing to stop, so that nobody believes in the stop of a misspelt
 * name. INVARIANT: a book that cannot be read is no reason not to stop.
 */
export async function unknownTarget(
  parts: KnownParts,
  target: StopTarget,
): Promise<BailiwickError | undefined> {
  const isKnown = await looksUp(parts, target).catch(() => true);
  if (isKnown || target.kind === 'all') return undefined;
  const { tenant } = target;
  const names = namesIn(parts, parts.snapshot(), tenant);
  const instances = await parts.instances.list(tenant).catch(() => []);
  return unknownStop(target, { ...names, instances: instances.map(({ instance }) => instance) });
}

function namesIn({ kinds }: KnownParts, now: Snapshot | undefined, tenant: string) {
  return stopNames(now, undefined, tenant, declaredTargets(kinds, now?.tenants[tenant]));
}

async function looksUp(parts: KnownParts, target: StopTarget): Promise<boolean> {
  const { instances, catalogue, snapshot } = parts;
  if (target.kind === 'all' || target.kind === 'tenant') return true;
  const now = snapshot();
  if (now === undefined) return true;
  const { tenant } = target;
  const own = now.tenants[tenant];
  switch (target.kind) {
    case 'agent':
      return (
        (own !== undefined && Object.hasOwn(own.agents, target.agent)) ||
        (await instances.list(tenant, target.agent)).length > 0
      );
    case 'instance': {
      const known = [...(await instances.list(tenant)), ...(await instances.unbound(tenant))];
      return known.some(({ instance }) => instance === target.instance);
    }
    case 'target': {
      const { kind, owner, name } = target.target;
      if (kind === 'tool' && name !== undefined) {
        return (await catalogue.get(tenant, owner, name)) !== undefined;
      }
      if (namesIn(parts, now, tenant).targets.includes(targetText(target.target))) {
        return true;
      }
      return ownerKinds[kind] === 'server' && name === undefined
        ? (await catalogue.list(tenant, owner)).length > 0
        : false;
    }
  }
}
