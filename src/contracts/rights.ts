import { coversName, grantsTarget } from '#kernel/manifest.ts';
import { isPlainFolder, staysBelow } from '#kernel/prefix.ts';
import type { Hop, Principal, UserLeg } from '#kernel/principal.ts';
import type {
  EntitlementEntry,
  ManifestEntry,
  ManifestTarget,
  TaskScope,
  TenantSnapshot,
} from '#kernel/snapshot.ts';
import { targetText } from '#kernel/target.ts';
import { identityProviders } from './identity-provider.ts';
import { entryOf } from './section.ts';
import { bothAmounts } from './task-amounts.ts';

type Tenant = Pick<TenantSnapshot, 'agents' | 'manifests' | 'entitlements'>;

/**
 * Right = user ∩ agent manifest ∩ task ∩ every hop, as one manifest. INVARIANT: this one function says
 * what may be asked for at all, whatever is asked: lists, look-ups and bounds all read its answer. It
 * only narrows; undefined is nobody's right.
 */
export function manifestFor(tenant: Tenant, principal: Principal): ManifestEntry | undefined {
  const own = manifestOf(tenant, principal.agent);
  if (own === undefined || isWhole(principal)) return own;
  const narrowed = narrowedIn(tenant);
  const known = narrowed.byPrincipal.get(principal);
  if (known !== undefined) return known;
  const key = keyOf(tenant, principal);
  // Users of the same groups share it.
  const same = narrowed.byKey.get(key) ?? narrow(tenant, principal, own);
  keep(narrowed.byKey, key, same);
  narrowed.byPrincipal.set(principal, same);
  return same;
}

/** Whether nothing but its own manifest bounds it. */
export function isWhole({ user, hops, scope }: Principal): boolean {
  return user === undefined && hops.length === 0 && scope?.targets === undefined;
}

/**
 * What both of two scopes let through; undefined narrows nothing. INVARIANT: never wider than either, however
 * often it was narrowed before.
 */
export function narrowScopes(
  one: TaskScope | undefined,
  other: TaskScope | undefined,
): TaskScope | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const effects = one.effects?.filter((effect) => other.effects?.includes(effect) !== false);
  const targets = narrowTargets(one.targets, other.targets);
  const left = effects ?? other.effects;
  return {
    ...(targets === undefined ? {} : { targets }),
    ...(left === undefined ? {} : { effects: left }),
    ...bothAmounts(one, other),
  };
}

function narrowTargets(
  one: TaskScope['targets'],
  other: TaskScope['targets'],
): TaskScope['targets'] {
  if (one === undefined || other === undefined) return one ?? other;
  const listOf = (targets: readonly ManifestTarget[]): ManifestEntry => ({
    name: 'scope',
    targets,
    sensitivity: 'sensitive',
  });
  return within(listOf(one), [listOf(other)]).targets;
}

/** The documents that say what this user may. */
export function entitlementsOf(
  tenant: Pick<TenantSnapshot, 'entitlements'>,
  { subject, issuer, groups }: Pick<UserLeg, 'subject' | 'issuer' | 'groups'>,
): readonly EntitlementEntry[] {
  return Object.values(tenant.entitlements ?? {}).filter(
    (one) =>
      isOf(tenant, one, issuer) &&
      (one.everyone ||
        one.users.includes(subject) ||
        one.groups.some((group) => groups.includes(group))),
  );
}

/** INVARIANT: a provider that is not there vouches for nobody. */
function isOf(
  tenant: Pick<TenantSnapshot, 'entitlements'>,
  { provider }: EntitlementEntry,
  issuer: string,
): boolean {
  return (
    provider === undefined || entryOf(tenant, identityProviders, provider)?.oidc.issuer === issuer
  );
}

const mostKept = 1_024;

interface Narrowed {
  readonly byPrincipal: WeakMap<Principal, ManifestEntry>;
  readonly byKey: Map<string, ManifestEntry>;
}

/** Made anew when it is asked for again: a list of all who ever came would grow for ever. */
function keep(kept: Narrowed['byKey'], key: string, right: ManifestEntry): void {
  if (kept.size >= mostKept && !kept.has(key)) kept.clear();
  kept.set(key, right);
}

const narrowedOf = new WeakMap<Tenant, Narrowed>();

function narrowedIn(tenant: Tenant): Narrowed {
  const known = narrowedOf.get(tenant) ?? { byPrincipal: new WeakMap(), byKey: new Map() };
  narrowedOf.set(tenant, known);
  return known;
}

/** Who has the same has the same right; a scope belongs to a task, whose id is used once. */
function keyOf(tenant: Tenant, { agent, user, hops, scope, task }: Principal): string {
  const entitled =
    user === undefined ? ['-'] : entitlementsOf(tenant, user).map(({ name }) => name);
  return [
    agent,
    entitled.sort().join(','),
    [...new Set(hops.map((hop) => hop.agent))].sort().join(','),
    scope?.targets === undefined ? '' : task,
  ].join('\n');
}

function narrow(tenant: Tenant, principal: Principal, own: ManifestEntry): ManifestEntry {
  const { user, hops, scope } = principal;
  let right = own;
  for (const hop of agentsOf(hops)) {
    right = within(right, listed(manifestOf(tenant, hop)));
  }
  if (user !== undefined) right = within(right, entitlementsOf(tenant, user));
  if (scope?.targets !== undefined) {
    right = within(right, [{ targets: scope.targets, sensitivity: own.sensitivity }]);
  }
  return right;
}

function agentsOf(hops: readonly Hop[]): ReadonlySet<string> {
  return new Set(hops.map(({ agent }) => agent));
}

type Bounding = Pick<ManifestEntry, 'targets' | 'sensitivity'>;

/** A hop whose agent is not there any more may nothing, and so may nobody through it. */
function listed(manifest: ManifestEntry | undefined): readonly Bounding[] {
  return manifest === undefined ? [] : [manifest];
}

/** What of `right` at least one of these lists too, with the bounds of both. */
function within(right: ManifestEntry, others: readonly Bounding[]): ManifestEntry {
  const lines = new Map<string, ManifestTarget>();
  for (const line of right.targets) {
    for (const common of commonOf(line, others)) {
      const key = lineKey(common);
      const isNamed = key === lineKey(line);
      // What it names itself wins over the folder that holds it.
      const wins = common.prefix || grantsTarget(right, common.target) === line;
      if (wins && (isNamed || !lines.has(key))) lines.set(key, common);
    }
  }
  return {
    name: right.name,
    targets: [...lines.values()],
    sensitivity: lower(right.sensitivity, highest(others)),
  };
}

function lineKey({ target, prefix }: ManifestTarget): string {
  return `${targetText(target)}${prefix ? '*' : ''}`;
}

/** A folder of one may hold what another one names, or a smaller folder. */
function commonOf(line: ManifestTarget, others: readonly Bounding[]): readonly ManifestTarget[] {
  const common = bounded(line, line, others);
  if (!line.prefix) return common === undefined ? [] : [common];
  const inside = others.flatMap(({ targets }) => targets.filter((one) => isBelow(line, one)));
  const deeper = inside.flatMap((one) => bounded(one, line, others) ?? []);
  return common === undefined ? deeper : [common, ...deeper];
}

/** `line` under the bounds of what it comes from, and of whoever else lists it. */
function bounded(
  line: ManifestTarget,
  from: ManifestTarget,
  others: readonly Bounding[],
): ManifestTarget | undefined {
  const alternatives = others.flatMap((other) => lineAbove(other, line) ?? []);
  if (alternatives.length === 0) return undefined;
  const { target, prefix } = line;
  const limits = alternatives.map(({ bounds }) => bounds);
  const free = limits.some((bounds) => Object.keys(bounds).length === 0);
  // What was narrowed before stays so; of several such all hold, which nobody writes and only narrows.
  const kept = alternatives.flatMap((one) => one.also ?? []);
  const also = [...(from.also ?? []), ...(free ? [] : [limits]), ...kept];
  // Folders differ in whether they hold a folder's own name, so each is asked.
  const inside = prefix ? [...(from.inside ?? []), [from], alternatives] : [];
  return {
    target,
    prefix,
    bounds: from.bounds,
    ...fieldsOf(from, alternatives),
    ...(also.length === 0 ? {} : { also }),
    ...(inside.length === 0 ? {} : { inside }),
  };
}

/**
 * INVARIANT: whoever lists it without fields asks for none; of several who do, what any of them needs is carried, and what
 * was narrowed before stays so.
 */
function fieldsOf(
  from: ManifestTarget,
  alternatives: readonly ManifestTarget[],
): Pick<ManifestTarget, 'fields'> {
  const lists = alternatives.map(({ fields }) => fields);
  const own = from.fields ?? [];
  const others = lists.includes(undefined) ? [] : lists.flatMap((one) => one ?? []);
  const isPlain = lists.length > 1 && lists.every((one) => one?.length === 1);
  const refuses = others.every(({ refuse }) => refuse === true);
  const joined = isPlain
    ? [
        {
          paths: others.flatMap(({ paths }) => paths),
          ...(refuses ? { refuse: true as const } : {}),
        },
      ]
    : others;
  const fields = [...own, ...joined];
  return fields.length === 0 ? {} : { fields };
}

/** By what this one lists the whole of the line; undefined when it does not. */
function lineAbove(other: Bounding, line: ManifestTarget): ManifestTarget | undefined {
  if (!line.prefix) return grantsTarget(other, line.target);
  // What is named like a folder is not the folder.
  return other.targets.find((one) => one.prefix && isBelow(one, line));
}

function isBelow(folder: ManifestTarget, { target, prefix }: ManifestTarget): boolean {
  const { kind, owner, name } = folder.target;
  if (target.kind !== kind || target.owner !== owner || target.name === undefined) return false;
  if (!prefix) return coversName(folder, target.name);
  const isInside = name !== undefined && staysBelow(target.name, name);
  return isInside && (target.name === name || isPlainFolder(target.name));
}

const order = ['public', 'internal', 'sensitive'] as const;

function highest(others: readonly Bounding[]): ManifestEntry['sensitivity'] {
  const ranks = others.map(({ sensitivity }) => order.indexOf(sensitivity));
  return order[Math.max(0, ...ranks)] ?? 'public';
}

function lower(
  one: ManifestEntry['sensitivity'],
  other: ManifestEntry['sensitivity'],
): ManifestEntry['sensitivity'] {
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}

function manifestOf({ agents, manifests }: Tenant, agentName: string): ManifestEntry | undefined {
  const agent = Object.hasOwn(agents, agentName) ? agents[agentName] : undefined;
  if (agent === undefined || !Object.hasOwn(manifests, agent.manifest)) return undefined;
  return manifests[agent.manifest];
}
