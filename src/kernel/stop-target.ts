import { BailiwickError } from './errors.ts';
import { isJsonObject, parseJson } from './json/index.ts';
import type { Json } from './json/value.ts';
import type { OverlayTarget, StopTarget } from './overlay.ts';
import type { Roster, Snapshot } from './snapshot.ts';
import { parseToolAddress, toolIdText, toolOf } from './tool.ts';

/** What a person writes to stop something: on the command line, over the API, in the stop file. */
export const stopTargetWords = 'agent NAME | instance ID | tool SERVER[/TOOL] | tenant NAME | all';

const documentName = /^[a-z0-9-]{1,64}$/;
const instanceName = /^[A-Za-z0-9_.:-]{1,128}$/;

/** INVARIANT: the one reading of a target; undefined is what it does not understand. */
export function parseStopTarget(
  kind: string,
  name: string | undefined,
  tenant: string,
): StopTarget | undefined {
  if (kind === 'all') return name === undefined ? { kind } : undefined;
  if (name === undefined) return undefined;
  switch (kind) {
    case 'tenant':
      return documentName.test(name) ? { kind, tenant: name } : undefined;
    case 'agent':
      return documentName.test(name) ? { kind, tenant, agent: name } : undefined;
    case 'instance':
      return instanceName.test(name) ? { kind, tenant, instance: name } : undefined;
    case 'tool': {
      const address = parseToolAddress(name);
      return address === undefined ? undefined : { kind, tenant, ...address };
    }
    default:
      return undefined;
  }
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
    case 'tool': {
      const { server, tool } = target;
      return `tool ${tool === undefined ? server : toolIdText({ server, tool })}`;
    }
    case 'task':
      return `task ${target.task}`;
    case 'effect':
      return `effect ${target.task} ${target.tool ?? ''} ${target.argumentsDigest ?? ''}`;
    case 'fence':
      return `fence ${target.task} ${target.writer} ${target.life}`;
  }
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
  /** `SERVER`, and `SERVER/TOOL` for each tool that is named or pinned. */
  readonly tools: readonly string[];
}

export function stopNames(
  snapshot: Snapshot | undefined,
  roster: Roster | undefined,
  tenant: string,
): StopNames {
  const of = snapshot?.tenants[tenant];
  const tools = Object.values(of?.servers ?? {}).flatMap(({ name: server, tools: named }) => {
    const all = new Set([...Object.keys(named), ...Object.keys(of?.pins[server] ?? {})]);
    return [server, ...[...all].map((tool) => toolIdText({ server, tool }))];
  });
  const manifests = Object.values(of?.manifests ?? {}).flatMap(({ targets }) =>
    targets.flatMap(({ target }) => {
      const id = toolOf(target);
      return id === undefined ? [] : [toolIdText(id)];
    }),
  );
  return {
    tenants: Object.keys(snapshot?.tenants ?? {}).sort(),
    agents: Object.keys(of?.agents ?? {}).sort(),
    instances: Object.values(roster?.instances ?? {})
      .filter((entry) => entry.tenant === tenant)
      .map(({ instance }) => instance)
      .sort(),
    tools: [...new Set([...tools, ...manifests])].sort(),
  };
}

/** The names as they were written down; undefined when nobody can read them. */
export function readStopNames(text: Uint8Array): StopNames | undefined {
  try {
    const value = parseJson(text, { maxBytes: 16_777_216, maxDepth: 4 });
    if (!isJsonObject(value)) return undefined;
    const { tenants, agents, instances, tools } = value;
    return {
      tenants: texts(tenants),
      agents: texts(agents),
      instances: texts(instances),
      tools: texts(tools),
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
  const name = written.slice(written.indexOf(' ') + 1);
  const known = names[`${target.kind}s`];
  if (known.includes(name)) return undefined;
  const nearest = nearestName(name, known);
  return new BailiwickError('stop/unknown-target', {
    message:
      `there is no ${target.kind} \`${name}\`` +
      (nearest === '' ? '' : `; did you mean \`${nearest}\`?`),
    ...(nearest === '' ? {} : { details: { nearest } }),
  });
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
