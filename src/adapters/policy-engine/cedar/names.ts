import {
  parseTarget,
  sameTarget,
  type Target,
  type TargetKind,
  targetLabel,
} from '#kernel/target.ts';

/** The entity types of `resource`. */
export const entityTypes: Readonly<Record<TargetKind, string>> = {
  tool: 'Tool',
  resource: 'Resource',
  prompt: 'Prompt',
  model: 'Model',
  host: 'Host',
  agent: 'Peer',
};

/**
 * The action, and the resource, of a call. A tool is named without its kind: `billing/create_refund`.
 * INVARIANT: two targets never share a name; undefined for what no target can be.
 */
export function nameOf(target: Target): string | undefined {
  const name = targetLabel(target);
  if (known.get(name) === target.kind) return name;
  const read = targetNamed(name);
  if (read === undefined || !sameTarget(read, target)) return undefined;
  if (known.size >= mostKnown) known.clear();
  known.set(name, target.kind);
  return name;
}

/** Names that read back as they should; a name and its kind are one target. */
const known = new Map<string, TargetKind>();
const mostKnown = 4_096;

/** What a rule means by `Action::"…"`; undefined for what no call can have. */
export function targetNamed(name: string): Target | undefined {
  const target = parseTarget(name);
  if (target !== undefined) return target.kind === 'tool' ? undefined : target;
  const tool = parseTarget(`tool:${name}`);
  return tool?.name === undefined ? undefined : tool;
}

/** Why no call has this entity for its resource; undefined when one can. */
export function misnamed({ type, id }: { readonly type: string; readonly id: string }) {
  const kinds = Object.keys(entityTypes) as TargetKind[];
  const kind = kinds.find((one) => entityTypes[one] === type);
  // Any text may stand for a tool: so it was before there were other kinds.
  if (kind === undefined || kind === 'tool' || targetNamed(id)?.kind === kind) return undefined;
  return `no call is about \`${type}::"${id}"\`; write \`${type}::"${kind}:OWNER/NAME"\``;
}
