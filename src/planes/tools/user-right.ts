import { entitlementsOf } from '#contracts/rights.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { EntitlementEntry, PdpEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { toolOf } from '#kernel/tool.ts';
import { compileBounds, type Declared, judgeBounds } from './bounds.ts';
import { type CheckCache, declaredArguments } from './checks.ts';
import type { AskedPdp, RightAsk, UserRight } from './door.ts';
import { undeclared } from './listed-bounds.ts';
import { own } from './toolset.ts';
import { sensitivityRank } from './three-questions.ts';

/**
 * Which decision points have to say yes before this user may. Undefined: none has a say in it, because no
 * entitlement of this user names one or because those that name none give all of it already.
 */
export function userRight(
  tenant: TenantSnapshot,
  ask: RightAsk,
  declaredBy: () => Declared,
): UserRight | undefined {
  if (!hasPdps(tenant)) return undefined;
  const about = entitlementsOf(tenant, ask.user);
  if (!about.some(({ pdp }) => pdp !== undefined)) return undefined;
  const declared = declaredBy();
  const byName = about.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const judged = byName.map((entitlement) => judge(entitlement, ask, declared));
  const gives = (yes: ReadonlySet<string>): boolean => {
    const counted = judged.filter(({ key }) => key === undefined || yes.has(key));
    return counted.some(({ lists }) => lists) && counted.some(({ isHighEnough }) => isHighEnough);
  };
  return gives(new Set()) ? undefined : { pdps: pdpsOf(judged), gives };
}

/** What the approved definition says of its arguments; bounds of whatever else must each be given. */
export function declaredOf(
  checks: Pick<CheckCache, 'get'>,
  { servers, pins }: TenantSnapshot,
  target: Target,
): Declared {
  const id = toolOf(target);
  const server = id === undefined ? undefined : own(servers, id.server);
  if (id === undefined || server === undefined) return undeclared;
  const pinned = own(own(pins, id.server) ?? {}, id.tool);
  if (pinned === undefined) return undeclared;
  const { openArguments } = own(server.tools, id.tool) ?? server.defaultClass;
  const ready = checks.get(pinned, openArguments);
  return ready.kind === 'ready' ? declaredArguments(ready, pinned.definition) : undeclared;
}

const withPdps = new WeakMap<TenantSnapshot, boolean>();

/** Most tenants have none, and their calls are asked no more than this. */
function hasPdps(tenant: TenantSnapshot): boolean {
  const known = withPdps.get(tenant);
  if (known !== undefined) return known;
  const has = Object.values(tenant.entitlements ?? {}).some(({ pdp }) => pdp !== undefined);
  withPdps.set(tenant, has);
  return has;
}

interface Judged {
  readonly entitlement: EntitlementEntry;
  /** Undefined: it counts without asking anybody. */
  readonly key: string | undefined;
  readonly lists: boolean;
  readonly isHighEnough: boolean;
}

function judge(entitlement: EntitlementEntry, ask: RightAsk, declared: Declared): Judged {
  const { pdp, sensitivity } = entitlement;
  const line = grantsTarget(entitlement, ask.target);
  return {
    entitlement,
    key: pdp === undefined ? undefined : keyOf(pdp),
    lists: line !== undefined && judgeBounds(compileBounds(line, declared), ask.args) === undefined,
    isHighEnough:
      ask.sensitivity === undefined ||
      sensitivityRank[sensitivity] >= sensitivityRank[ask.sensitivity],
  };
}

/** One question serves all entitlements that would ask the same of the same. */
function keyOf(pdp: PdpEntry): string {
  // Plain data of a document: there is nothing in it that JSON has not.
  return canonicalText(pdp as unknown as JsonObject);
}

function pdpsOf(judged: readonly Judged[]): readonly AskedPdp[] {
  const found = new Map<string, AskedPdp>();
  // Who lists it and is not sensitive enough needs another one that is; otherwise that one is nobody's business.
  const isParted = judged.some(({ lists, isHighEnough }) => lists && !isHighEnough);
  const byUse = [
    ...judged.filter(({ lists, isHighEnough }) => lists && isHighEnough),
    ...judged.filter(({ lists, isHighEnough }) => isParted && lists !== isHighEnough),
  ];
  for (const { key, entitlement } of byUse) {
    const { pdp, name } = entitlement;
    if (key === undefined || pdp === undefined) continue;
    const before = found.get(key)?.entitlements ?? [];
    found.set(key, { key, pdp, entitlements: [...before, name].sort() });
  }
  return [...found.values()];
}
