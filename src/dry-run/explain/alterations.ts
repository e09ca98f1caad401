import type { Configuration } from '#contracts/plane-part.ts';
import type { AppliedRule } from '#contracts/policy-engine.ts';
import type { UserLeg } from '#kernel/principal.ts';
import type { ManifestEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { targetLabel, targetText, type Target } from '#kernel/target.ts';
import { policiesOf, type RulePlace } from '#planes/policy/index.ts';
import type { DryAnswer, DryCall } from '../judge-call.ts';
import type { Altered } from './door.ts';

/** One thing that is thought otherwise. */
export interface Alteration extends Altered {
  /** No two of a list have the same. */
  readonly key: string;
  readonly call?: (call: DryCall) => DryCall;
  /** Of the documents in force; what is made of it is compiled as a Snapshot that is to come. */
  readonly entry?: (tenant: TenantSnapshot) => TenantSnapshot;
}

export interface Standing {
  readonly call: DryCall;
  readonly answer: DryAnswer;
  readonly applied: readonly AppliedRule[];
  readonly place: (rule: string) => RulePlace | undefined;
}

const mostGroups = 6;
export const mostAlterations = 16;

/** What could be otherwise about this call, nearest to hand first. */
export function alterationsOf(standing: Standing): readonly Alteration[] {
  const { call, answer, applied } = standing;
  return [
    ...call.labels.map(withoutLabel),
    ...(call.principal.binding === 'none' ? [provenKey] : []),
    ...groupsOf(call).map(inGroup),
    ...applied
      .filter(({ effect }) => effect === 'forbid')
      .map((rule) => withoutRule(standing, rule)),
    // What asks for a person is answered by one; a permit more asks nobody.
    ...(applied.some(isPlainPermit) ? [] : [oneMorePermit(call)]),
    ...ofDocuments(call, answer),
  ].slice(0, mostAlterations);
}

function isPlainPermit({ effect, approvalClass }: AppliedRule): boolean {
  return effect === 'permit' && approvalClass === undefined;
}

function withoutLabel(label: DryCall['labels'][number]): Alteration {
  return {
    key: `label ${label}`,
    kind: 'label',
    sentence: `the call does not carry \`${label}\``,
    call: (call) => ({ ...call, labels: call.labels.filter((one) => one !== label) }),
  };
}

const provenKey: Alteration = {
  key: 'key',
  kind: 'key',
  sentence: 'its caller proves a key of its own instead of a bare token',
  call: (call) => ({ ...call, principal: { ...call.principal, binding: 'dpop' } }),
};

/** Of whoever it acts for; only where some rule asks. */
function groupsOf({ user, configuration, principal, ...call }: DryCall): readonly string[] {
  const person = principal.user ?? call.person;
  const tenant = configuration.snapshot.tenants[principal.tenant];
  if (user === undefined || tenant === undefined) return [];
  const asked = policiesOf(tenant).flatMap(({ cedar }) =>
    [...cedar.matchAll(/\.groups\s*\.\s*contains\(\s*"([^"\\]{1,256})"\s*\)/g)].map(
      ([, group = '']) => group,
    ),
  );
  const has = new Set(person?.groups);
  // What entitlements give is judged again where the record says who the user is to them.
  const given = principal.user === undefined ? [] : Object.values(tenant.entitlements ?? {});
  const all = [...asked, ...given.flatMap(({ groups }) => groups)];
  return [...new Set(all)].filter((group) => !has.has(group)).slice(0, mostGroups);
}

function inGroup(group: string): Alteration {
  return {
    key: `group ${group}`,
    kind: 'group',
    sentence: `its user is in the group \`${group}\``,
    call: (call) => {
      const { principal, user = '' } = call;
      if (principal.user !== undefined) {
        return { ...call, principal: { ...principal, user: withGroup(principal.user, group) } };
      }
      const known = call.person ?? { subject: user, issuer: '', groups: [] };
      return { ...call, person: withGroup(known, group) };
    },
  };
}

function withGroup(user: UserLeg, group: string): UserLeg {
  return { ...user, groups: [...user.groups, group].sort() };
}

const nothing = { without: new Set<string>(), permitted: false };

function withoutRule({ place }: Standing, { id, approvalClass }: AppliedRule): Alteration {
  const at = place(id);
  const where = at?.policy === undefined ? '' : ` (policy \`${at.policy}\`, line ${at.line ?? 1})`;
  const asks = approvalClass === undefined ? 'forbids it' : `asks for \`${approvalClass}\``;
  return {
    key: `rule ${id}`,
    kind: 'rule',
    sentence: `rule \`${id}\`${where}, which ${asks}, does not apply`,
    call: (call) => {
      const otherwise = call.otherwise ?? nothing;
      return { ...call, otherwise: { ...otherwise, without: new Set([...otherwise.without, id]) } };
    },
  };
}

function oneMorePermit({ principal, target }: DryCall): Alteration {
  return {
    key: 'permit',
    kind: 'permit',
    sentence: `a rule permits \`${principal.agent}\` this call of \`${targetLabel(target)}\` without asking anybody`,
    call: (call) => ({ ...call, otherwise: { ...nothing, ...call.otherwise, permitted: true } }),
  };
}

/** What manifests and groups of servers would have to say; policy is not reached without it. */
function ofDocuments(call: DryCall, { ground, decision, about }: DryAnswer): readonly Alteration[] {
  const { principal, configuration } = call;
  const found: Alteration[] = [];
  const tenant = configuration.snapshot.tenants[principal.tenant];
  const target = about ?? call.target;
  if (ground === 'hidden' || (ground === 'outside' && !decision.questions.mayCallTool)) {
    const who = [principal.agent, ...new Set(principal.hops.map(({ agent }) => agent))];
    for (const agent of who) {
      if (tenant !== undefined && !lists(tenant, agent, target))
        found.push(listedFor(agent, target));
    }
    const group = tenant?.servers[target.owner]?.group;
    if (group !== undefined && call.agent.groups?.includes(group) !== true) {
      found.push(ofServerGroup(principal.agent, group));
    }
  } else if (ground === 'outside') found.push(unbounded(principal.agent, target));
  if (decision.questions.crossesSensitivity) found.push(reachesSensitive(principal.agent));
  return found;
}

function lists(tenant: TenantSnapshot, agent: string, target: Target): boolean {
  const targets = manifestOf(tenant, agent)?.targets ?? [];
  return targets.some((line) => !line.prefix && targetText(line.target) === targetText(target));
}

function listedFor(agent: string, target: Target): Alteration {
  return {
    key: `manifest ${agent}`,
    kind: 'manifest',
    sentence: `the manifest of \`${agent}\` lists \`${targetLabel(target)}\``,
    entry: withManifest(agent, (manifest) => ({
      ...manifest,
      targets: [...manifest.targets, { target, prefix: false, bounds: {} }],
    })),
  };
}

function unbounded(agent: string, target: Target): Alteration {
  return {
    key: `bounds ${agent}`,
    kind: 'bounds',
    sentence: `the manifest of \`${agent}\` sets no bounds to \`${targetLabel(target)}\`, or its arguments are inside them`,
    entry: withManifest(agent, (manifest) => ({
      ...manifest,
      targets: manifest.targets.map((line) =>
        line.target.kind === target.kind && line.target.owner === target.owner
          ? { target: line.target, prefix: line.prefix, bounds: {} }
          : line,
      ),
    })),
  };
}

function reachesSensitive(agent: string): Alteration {
  return {
    key: `sensitivity ${agent}`,
    kind: 'sensitivity',
    sentence: `the manifest of \`${agent}\` may touch what is \`sensitive\``,
    entry: withManifest(agent, (manifest) => ({ ...manifest, sensitivity: 'sensitive' })),
  };
}

function ofServerGroup(agent: string, group: string): Alteration {
  return {
    key: `server-group ${group}`,
    kind: 'server-group',
    sentence: `Agent \`${agent}\` names the group \`${group}\` in its \`groups\``,
    entry: (tenant) => {
      const own = tenant.agents[agent];
      if (own === undefined) return tenant;
      const groups = [...(own.groups ?? []), group];
      return { ...tenant, agents: { ...tenant.agents, [agent]: { ...own, groups } } };
    },
  };
}

function withManifest(
  agent: string,
  change: (manifest: ManifestEntry) => ManifestEntry,
): (tenant: TenantSnapshot) => TenantSnapshot {
  return (tenant) => {
    const manifest = manifestOf(tenant, agent);
    if (manifest === undefined) return tenant;
    return {
      ...tenant,
      manifests: { ...tenant.manifests, [manifest.name]: change(manifest) },
    };
  };
}

function manifestOf(
  { agents, manifests }: TenantSnapshot,
  name: string,
): ManifestEntry | undefined {
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  return agent !== undefined && Object.hasOwn(manifests, agent.manifest)
    ? manifests[agent.manifest]
    : undefined;
}

/** The call under another configuration: its agent is the one of that. */
export function under(call: DryCall, configuration: Configuration): DryCall {
  const agents = configuration.snapshot.tenants[call.principal.tenant]?.agents ?? {};
  const { agent: name } = call.principal;
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  return { ...call, configuration, agent: agent ?? call.agent };
}
