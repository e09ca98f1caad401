import { isJsonObject } from './json/index.ts';
import type { JsonObject } from './json/value.ts';
import type { OverlayTarget } from './overlay.ts';

/**
 * A target as a store kept it, in the shape of today. Before there were targets, a stop was of a
 * `tool` with its server, and an effect named its tool as `SERVER/TOOL`. INVARIANT: what is lifted
 * stops no less, and what nobody understands stays as it is: it then stops everything.
 */
export function liftOverlayTarget(stored: unknown): OverlayTarget {
  return (isJsonObject(stored) ? lifted(stored) : stored) as OverlayTarget;
}

function lifted(stored: JsonObject): unknown {
  const { kind, tenant, server, tool } = stored;
  if (kind === 'tool') {
    const name = typeof tool === 'string' ? tool : undefined;
    return { kind: 'target', tenant, target: { kind: 'tool', owner: server, name } };
  }
  // A name that is undefined is left out of what is stored.
  if (kind === 'target' && isJsonObject(stored['target'])) {
    return { ...stored, target: { name: undefined, ...stored['target'] } };
  }
  if (kind !== 'effect' || typeof tool !== 'string') return stored;
  const { tool: _, ...same } = stored;
  return { ...same, target: `tool:${tool}` };
}
