import type { Target } from '#kernel/target.ts';
import { type ToolId, toolOf } from '#kernel/tool.ts';

/**
 * What stops know a target as. INVARIANT: a stop of a whole tool server stops everything that is its,
 * of whatever kind; no tool is called as an offer is.
 */
export function stoppedAs(target: Target | undefined): ToolId | undefined {
  if (target?.kind !== 'resource' && target?.kind !== 'prompt') return toolOf(target);
  return { server: target.owner, tool: `${target.kind}:${target.name ?? ''}\n` };
}
