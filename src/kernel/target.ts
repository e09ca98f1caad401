/**
 * What an action is about, of whatever kind. Policy, approvals, grants, stops, leases, labels and
 * records speak of targets, so that a new kind of action is not a new word for each of them.
 */
export const targetKinds = ['tool', 'resource', 'prompt', 'model', 'agent', 'host'] as const;

export type TargetKind = (typeof targetKinds)[number];

/** Kinds of documents that targets belong to. */
export type OwnerKind = 'server' | 'provider' | 'agent' | 'host';

/** What each kind belongs to. Kinds of one owner stand and fall together when the whole is meant. */
export const ownerKinds: Readonly<Record<TargetKind, OwnerKind>> = {
  tool: 'server',
  resource: 'server',
  prompt: 'server',
  model: 'provider',
  agent: 'agent',
  host: 'host',
};

export interface Target {
  readonly kind: TargetKind;
  /** The document that it belongs to: a tool server, a model provider, an agent, a host. */
  readonly owner: string;
  /** What of it; undefined is the whole of it. */
  readonly name: string | undefined;
}

/**
 * Stands for the owner where a caller names a thing without it; who may name it, and of whom, is what
 * its manifest says. INVARIANT: nothing is called so, and `parseTarget` does not read it.
 */
export const anyOwner = '*';

/** `KIND:OWNER/NAME`, or `KIND:OWNER` for the whole. INVARIANT: `parseTarget` reads back the same. */
export function targetText({ kind, owner, name }: Target): string {
  return name === undefined ? `${kind}:${owner}` : `${kind}:${owner}/${name}`;
}

/** As people write and read it: a tool needs no `tool:` before it. */
export function targetLabel(target: Target): string {
  const { kind, owner, name } = target;
  if (kind !== 'tool') return targetText(target);
  return name === undefined ? owner : `${owner}/${name}`;
}

const ownerName = /^[A-Za-z0-9_.-]{1,128}$/;
const longestName = 2_048;
/** Of any target that there is. */
export const longestTargetText = 2_304;
// A line break would end a key, a NUL no text column takes, and half of a pair is another character
// to whoever writes UTF-8.
const unfit = /[\p{Cc}\p{Cs}]/u;

/** The first colon parts the kind, the first slash after it the owner from the name. */
export function parseTarget(text: string): Target | undefined {
  const colon = text.indexOf(':');
  const kind = targetKinds.find((one) => one === text.slice(0, Math.max(0, colon)));
  if (kind === undefined) return undefined;
  const rest = text.slice(colon + 1);
  const slash = rest.indexOf('/');
  const owner = slash < 0 ? rest : rest.slice(0, slash);
  const name = slash < 0 ? undefined : rest.slice(slash + 1);
  if (!ownerName.test(owner)) return undefined;
  if (name !== undefined && !isTargetName(name)) return undefined;
  return { kind, owner, name };
}

function isTargetName(name: string): boolean {
  return name !== '' && name.length <= longestName && !unfit.test(name);
}

export function sameTarget(one: Target, other: Target): boolean {
  return one.kind === other.kind && one.owner === other.owner && one.name === other.name;
}

/**
 * The kind of document that a target belongs to. INVARIANT: what has none cannot be listed: nobody
 * could say who answers for it.
 */
export const ownerDocuments = {
  tool: 'ToolServer',
  resource: 'ToolServer',
  prompt: 'ToolServer',
  model: 'Model',
  agent: undefined,
  host: undefined,
} as const satisfies Readonly<Record<TargetKind, string | undefined>>;
