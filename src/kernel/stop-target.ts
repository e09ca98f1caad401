import { BailiwickError } from './errors.ts';
import { isJsonObject, parseJson } from './json/index.ts';
import type { Json } from './json/value.ts';
import type { OverlayTarget, StopTarget } from './overlay.ts';
import type { Roster, Snapshot, TenantSnapshot } from './snapshot.ts';
import {
  type OwnerKind,
  ownerKinds,
  parseTarget,
  type Target,
  type TargetKind,
  targetKinds,
  targetText,
} from './target.ts';
import { parseToolAddress, toolTarget } from './tool.ts';

/** What a person writes to stop something: on the command line, over the API, in the stop file. */
export const stopTargetWords = [
  'agent NAME',
  'instance ID',
  ...targetKinds.filter((kind) => kind !== 'agent').map(wordsOf),
  'tenant NAME',
  'all',
].join(' | ');

/** Kinds of target that are stopped as such; an agent is stopped as the one who acts. */
export const stoppableKinds = targetKinds.filter((kind) => kind !== 'agent');

function wordsOf(kind: TargetKind): string {
  const owner = ownerKinds[kind];
  if (owner === kind) return `${kind} NAME`;
  return `${kind} ${owner.toUpperCase()}[/${kind.toUpperCase()}]`;
}

const documentName = /^[a-z0-9-]{1,64}$/;
const instanceName = /^[A-Za-z0-9_.:-]{1,128}$/;

/** INVARIANT: the one reading of a target; undefined is what it does not understand. */
export function parseStopTarget(
  kind: string,
  name: string | undefined,
  tenant: string,
): StopTarget | undefined {
  if (kind === 'all') return name === undefined ? { kind } : undefined;
  if (name === undefined) {
    // `tool:notes/add_note`, as targets are written everywhere else.
    const colon = kind.indexOf(':');
    return colon < 0
      ? undefined
      : parseStopTarget(kind.slice(0, colon), kind.slice(colon + 1), tenant);
  }
  switch (kind) {
    case 'tenant':
      return documentName.test(name) ? { kind, tenant: name } : undefined;
    case 'agent':
      return documentName.test(name) ? { kind, tenant, agent: name } : undefined;
    case 'instance':
      return instanceName.test(name) ? { kind, tenant, instance: name } : undefined;
    default: {
      const target = stoppable(kind, name);
      return target === undefined ? undefined : { kind: 'target', tenant, target };
    }
  }
}

/** A line of the stop file ends a name at a blank, and a comment begins at a `#`. */
const unwritable = /[\s#]/;

function stoppable(kind: string, name: string): Target | undefined {
  if (kind === 'agent' || unwritable.test(name)) return undefined;
  if (kind !== 'tool') return parseTarget(`${kind}:${name}`);
  const address = parseToolAddress(name);
  return address === undefined ? undefined : { kind, owner: address.server, name: address.tool };
}

/** As it is written: what `parseStopTarget` reads back, kind and name parted by a space. */
export function stopTargetText(target: OverlayTarget): string {
  switch (target.kind) {
    case 'all':
      return 'all';
    case 'tenant':
      return `tenant ${target.tenant}`;
    case 'agent':
      return `agent ${target.agent}`;
    case 'instance':
      return `instance ${target.instance}`;
    case 'target':
      return `${target.target.kind} ${nameText(target.target)}`;
    case 'task':
      return `task ${target.task}`;
    case 'effect':
      return `effect ${target.task} ${target.target ?? ''} ${target.argumentsDigest ?? ''}`;
    case 'fence':
      return `fence ${target.task} ${target.writer} ${target.life}`;
    case 'user':
      return `user ${encodeURIComponent(target.issuer)} ${encodeURIComponent(target.subject)}`;
    case 'client':
      return `client ${target.client}`;
    case 'delegation':
      return `delegation ${target.delegation}`;
    case 'token':
      return `token ${target.token}`;
  }
}

/** As a person names it behind its kind: `OWNER/NAME`, or `OWNER`. */
export function nameText(target: Target): string {
  return targetText(target).slice(target.kind.length + 1);
}

/** The same thing, wherever it came from: a store gives the fields back in any order. */
export function sameStopTarget(one: OverlayTarget, other: OverlayTarget): boolean {
  const tenantOf = (target: OverlayTarget) => (target.kind === 'all' ? '' : target.tenant);
  return stopTargetText(one) === stopTargetText(other) && tenantOf(one) === tenantOf(other);
}

/** Every name that a stop can mean, as the last configuration has them; small enough for a file. */
export interface StopNames {
  readonly tenants: readonly string[];
  readonly agents: readonly string[];
  readonly instances: readonly string[];
  /** `targetText` of each owner, and of what of it is named, granted or pinned. */
  readonly targets: readonly string[];
}

/** `declared`: what the tenant's documents say that they have. */
export function stopNames(
  snapshot: Snapshot | undefined,
  roster: Roster | undefined,
  tenant: string,
  declared: readonly { readonly target: Target }[],
): StopNames {
  const of = snapshot?.tenants[tenant];
  return {
    tenants: Object.keys(snapshot?.tenants ?? {}).sort(),
    agents: Object.keys(of?.agents ?? {}).sort(),
    instances: Object.values(roster?.instances ?? {})
      .filter((entry) => entry.tenant === tenant)
      .map(({ instance }) => instance)
      .sort(),
    targets: [
      ...new Set(
        namedTargets(
          of ?? {},
          declared.map(({ target }) => target),
        ).map(targetText),
      ),
    ].sort(),
  };
}

/** Of all kinds of an owner when it is declared; what is granted is of its own kind. */
function namedTargets(of: Partial<TenantSnapshot>, declared: readonly Target[]): Target[] {
  const { servers = {}, pins = {}, manifests = {} } = of;
  const owned = Object.values(servers).flatMap(({ name: server, tools }) => {
    const known = new Set([...Object.keys(tools), ...Object.keys(pins[server] ?? {})]);
    return [
      ...wholeOf('server', server),
      ...[...known].map((tool) => toolTarget({ server, tool })),
    ];
  });
  const granted = Object.values(manifests).flatMap(({ targets }) =>
    targets.flatMap(({ target, prefix }) => (prefix ? [wholeOwner(target)] : [target])),
  );
  return [...owned, ...[...granted, ...declared].flatMap(withItsOwner)];
}

function withItsOwner(target: Target): Target[] {
  return [target, ...wholeOf(ownerKinds[target.kind], target.owner)];
}

function wholeOwner({ kind, owner }: Target): Target {
  return { kind, owner, name: undefined };
}

function wholeOf(owner: OwnerKind, name: string): Target[] {
  const kinds = targetKinds.filter((kind) => ownerKinds[kind] === owner);
  return kinds.map((kind) => ({ kind, owner: name, name: undefined }));
}

/** The names as they were written down; undefined when nobody can read them. */
export function readStopNames(text: Uint8Array): StopNames | undefined {
  try {
    const value = parseJson(text, { maxBytes: 16_777_216, maxDepth: 4 });
    if (!isJsonObject(value)) return undefined;
    const { tenants, agents, instances, targets, tools } = value;
    return {
      tenants: texts(tenants),
      agents: texts(agents),
      instances: texts(instances),
      // Before there were targets, the names were those of tools.
      targets: [...texts(targets), ...texts(tools).map((name) => `tool:${name}`)],
    };
  } catch {
    return undefined;
  }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/**
 * Undefined when the target is a name that is there. A mistyped name must not pass for a stop:
 * nothing would be stopped. `all` is always there.
 */
export function unknownStop(
  target: StopTarget,
  names: StopNames | undefined,
): BailiwickError | undefined {
  if (target.kind === 'all') return undefined;
  if (names === undefined) {
    return new BailiwickError('stop/unknown-target', {
      message: 'the names that can be stopped cannot be read',
    });
  }
  const written = stopTargetText(target);
  const space = written.indexOf(' ');
  const [kind, name] = [written.slice(0, space), written.slice(space + 1)];
  const known = target.kind === 'target' ? namesOf(kind, names.targets) : names[`${target.kind}s`];
  if (known.includes(name)) return undefined;
  const nearest = nearestName(name, known);
  return new BailiwickError('stop/unknown-target', {
    message:
      `there is no ${kind} \`${name}\`` + (nearest === '' ? '' : `; did you mean \`${nearest}\`?`),
    ...(nearest === '' ? {} : { details: { nearest } }),
  });
}

function namesOf(kind: string, targets: readonly string[]): string[] {
  const own = targets.filter((one) => one.startsWith(`${kind}:`));
  return own.map((one) => one.slice(kind.length + 1));
}

/** At most a third of the letters differ; beyond that a suggestion only misleads. */
function nearestName(name: string, known: readonly string[]): string {
  let nearest = '';
  let least = Math.floor(name.length / 3) + 1;
  for (const one of known.slice(0, mostCompared)) {
    const letters = distance(name, one, least);
    if (letters < least) [nearest, least] = [one, letters];
  }
  return nearest;
}

const mostCompared = 20_000;

/** Letters that must be put in, taken out or changed; `most` when there are that many or more. */
function distance(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) >= most) return most;
  let before = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (before[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      here.push(Math.min(changed, (before[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    if (Math.min(...here) >= most) return most;
    before = here;
  }
  return before[to.length] ?? most;
}
