import { narrowScopes } from '#contracts/rights.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Hop } from '#kernel/principal.ts';
import type { TaskScope, TenantSnapshot } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { edgesOf, narrowed } from './exchange-consent.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import type { HandOffEntry } from './hand-off-kind.ts';
import type { Origin } from './handoff-origin.ts';

export interface HandedOn {
  readonly entry: HandOffEntry;
  readonly hops: readonly Hop[];
  readonly effects: readonly EffectClass[];
  readonly scope: TaskScope | undefined;
}

export interface HandOffAsk {
  readonly tenant: string;
  readonly to: string;
  readonly effects: readonly EffectClass[] | undefined;
  readonly scope: JsonObject | undefined;
}

/**
 * What of this work may go on to that agent: what the work has, the document lists, whoever hands it on asks for
 * and the other one's manifest has. INVARIANT: judged when it is given and again when it is taken; it only
 * narrows, and who is not listed gets nothing.
 */
export function judgeHandOff(parts: ExchangeParts, origin: Origin, ask: HandOffAsk): HandedOn {
  const tenant = parts.snapshot()?.tenants[ask.tenant];
  const edges = edgesOf(tenant, origin.from.agent, ask.to);
  if (edges.length === 0) throw new BailiwickError('identity/hand-off-not-listed');
  const hops = [...origin.hops, origin.from];
  const short = edges.filter(({ depth }) => hops.length <= Math.min(depth, limits.handOffs));
  if (short.length === 0) throw new BailiwickError('identity/too-many-hops');
  const asked = ask.scope === undefined ? undefined : parts.readScope(ask.scope);
  const fitting = short.map((entry) => within(tenant, { origin, ask, asked, entry, hops }));
  const best = fitting.find(({ effects, scope }) => effects.length > 0 && holdsAny(scope));
  if (best === undefined) throw new BailiwickError('identity/hand-off-not-listed');
  return best;
}

interface Edge {
  readonly origin: Origin;
  readonly ask: HandOffAsk;
  readonly asked: TaskScope | undefined;
  readonly entry: HandOffEntry;
  readonly hops: readonly Hop[];
}

function within(
  tenant: TenantSnapshot | undefined,
  { origin, ask, asked, entry, hops }: Edge,
): HandedOn {
  const scope = [origin.scope, entry.scope, asked].reduce(narrowScopes);
  const effects = narrowed(narrowed(origin.effects, ask.effects), scope?.effects);
  const targets = scope?.targets === undefined ? undefined : inManifest(tenant, ask.to, scope);
  const { amounts } = scope ?? {};
  // Classes of effect stand in the delegation; the scope of the task says which targets, and how much.
  const counted = amounts === undefined ? targets : { ...targets, amounts };
  return { entry, hops, effects, scope: counted };
}

/** Only what the other one's own manifest has of it: a task lists nothing else. */
function inManifest(tenant: TenantSnapshot | undefined, agent: string, scope: TaskScope) {
  const manifest = tenant?.agents[agent]?.manifest ?? '';
  const manifests = tenant?.manifests ?? {};
  const targets = Object.hasOwn(manifests, manifest) ? (manifests[manifest]?.targets ?? []) : [];
  const both = narrowScopes({ targets: scope.targets ?? [] }, { targets });
  return { targets: both?.targets ?? [] };
}

function holdsAny(scope: TaskScope | undefined): boolean {
  return scope?.targets === undefined || scope.targets.length > 0;
}
