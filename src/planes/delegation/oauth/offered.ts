import { manifestFor } from '#contracts/rights.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import type { ManifestTarget, ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { targetLabel } from '#kernel/target.ts';
import { type EffectClass, effectClasses } from '#kernel/tool.ts';
import type { ConsentOffer } from './door.ts';

/** So many are named of one class; the rest is counted. */
const namedAtMost = 40;

/**
 * What the agent may for this very user, by what it can do to the world. INVARIANT: from the same right that
 * the gateway judges by, so that nobody agrees to what another place understands otherwise.
 */
export function offeredTo(
  tenant: TenantSnapshot,
  user: UserLeg,
  of: {
    readonly agent: string;
    readonly effects: readonly EffectClass[];
    readonly server?: string;
  },
): ConsentOffer['offered'] {
  const right = manifestFor(tenant, asked(tenant, user, of.agent));
  const lines = (right?.targets ?? []).filter(
    ({ target }) => of.server === undefined || target.owner === of.server,
  );
  return effectClasses
    .filter((effect) => of.effects.includes(effect))
    .map((effect) => {
      const targets = lines
        .filter((line) => effectOf(tenant, line) === effect)
        .map(labelOf)
        .toSorted();
      return {
        effect,
        targets: targets.slice(0, namedAtMost),
        more: Math.max(0, targets.length - namedAtMost),
      };
    });
}

function asked({ tenant }: TenantSnapshot, user: UserLeg, agent: string): Principal {
  return {
    kind: 'agent',
    tenant,
    agent,
    user,
    instance: '',
    task: '',
    session: '',
    hops: [],
    binding: 'internal',
    keyThumbprint: undefined,
  };
}

/** What is not a tool is read: resources, prompts; what a model or an agent does is its own to tell. */
function effectOf(tenant: TenantSnapshot, { target }: ManifestTarget): EffectClass {
  const server = Object.hasOwn(tenant.servers, target.owner)
    ? tenant.servers[target.owner]
    : undefined;
  if (target.kind !== 'tool') return server?.offers?.[target.kind]?.effect ?? 'read';
  return effectOfTool(server, target.name);
}

/** As the gateway classes it: what no document says anything of is taken for the worst. */
function effectOfTool(server: ServerEntry | undefined, tool: string | undefined): EffectClass {
  if (server === undefined) return 'delete';
  const isNamed = tool !== undefined && Object.hasOwn(server.tools, tool);
  return (isNamed ? server.tools[tool] : undefined)?.effect ?? server.defaultClass.effect;
}

function labelOf({ target, prefix }: ManifestTarget): string {
  return `${targetLabel(target)}${prefix ? '*' : ''}`;
}
