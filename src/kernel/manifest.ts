import { isPlainUri, staysBelow } from './prefix.ts';
import type { AgentEntry, ManifestEntry, ManifestTarget, ServerEntry } from './snapshot.ts';
import { parseTarget, sameTarget, type Target, targetText } from './target.ts';

export type { ManifestTarget };

/** Listed by its name, whatever is asked of it. */
export function exactly(target: Target): ManifestTarget {
  return { target, prefix: false, bounds: {} };
}

/** `KIND:OWNER/NAME`; a star behind a slash, at the end and only there, stands for all below it. */
export function parseListed(
  text: string,
): Pick<ManifestTarget, 'target' | 'prefix'> | 'wildcard' | undefined {
  const prefix = text.endsWith('/*');
  const target = parseTarget(prefix ? text.slice(0, -1) : text);
  if (text.slice(0, prefix ? -1 : undefined).includes('*')) return 'wildcard';
  return target === undefined ? undefined : { target, prefix };
}

/**
 * Whether this line of a manifest is about this name of its kind and owner. INVARIANT: what a folder
 * grants has one spelling; a stop or a rule that names it would be dodged by another.
 */
export function coversName(line: ManifestTarget, name: string): boolean {
  const { target, prefix, inside } = line;
  if (!prefix) return target.name === name;
  if (target.name === undefined || !staysBelow(name, target.name)) return false;
  if (name !== target.name && !isPlainUri(name)) return false;
  return inside?.every((any) => any.some((one) => coversName(one, name))) !== false;
}

interface Index {
  readonly exact: ReadonlyMap<string, ManifestTarget>;
  readonly prefixes: readonly ManifestTarget[];
}

const indexes = new WeakMap<readonly ManifestTarget[], Index>();

/**
 * The line by which a manifest lists this target; undefined when it does not. INVARIANT: this one
 * function says so, whoever asks; a line that names it wins over one that it stands below.
 */
export function grantsTarget(
  { targets }: Pick<ManifestEntry, 'targets'>,
  target: Target,
): ManifestTarget | undefined {
  const { exact, prefixes } = indexOf(targets);
  const named = exact.get(targetText(target));
  // A target that nobody parsed may be written like another one.
  if (named !== undefined && sameTarget(named.target, target)) return named;
  const { kind, owner, name } = target;
  if (name === undefined) return undefined;
  return prefixes.find(
    (one) => one.target.kind === kind && one.target.owner === owner && coversName(one, name),
  );
}

/** Made once: a list may be long, and is asked about on every call. */
function indexOf(targets: readonly ManifestTarget[]): Index {
  const known = indexes.get(targets);
  if (known !== undefined) return known;
  const index = {
    exact: new Map(
      targets.filter(({ prefix }) => !prefix).map((one) => [targetText(one.target), one]),
    ),
    prefixes: targets.filter(({ prefix }) => prefix),
  };
  indexes.set(targets, index);
  return index;
}

/**
 * Whether this agent may reach this server at all. INVARIANT: this one function says so, whatever is
 * asked of the server; to an agent of no such group the server is not there, and no manifest, phase or
 * policy changes that.
 */
export function isWithinReach(
  { groups = [] }: Pick<AgentEntry, 'groups'>,
  { group }: Pick<ServerEntry, 'group'>,
): boolean {
  return group === undefined || groups.includes(group);
}
