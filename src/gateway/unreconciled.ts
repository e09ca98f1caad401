import type { Walk } from './walk.ts';

/**
 * Calls whose effect may stand although no outcome says so. The same arguments to the same tool in
 * the same task are refused until somebody has looked.
 */
export interface Unreconciled {
  add(walk: Walk): void;
  addKey(key: string): void;
  has(walk: Walk): boolean;
  reconcile(key: string): boolean;
  keys(): readonly string[];
}

export function createUnreconciled(): Unreconciled {
  const keys = new Set<string>();
  return {
    add(walk) {
      const key = keyOf(walk);
      // Reading twice harms nobody, so a lost read never blocks the next one.
      if (key !== undefined && walk.tool?.toolClass.effect !== 'read') keys.add(key);
    },
    addKey: (key) => void keys.add(key),
    has(walk) {
      if (keys.size === 0) return false;
      const key = keyOf(walk);
      return key !== undefined && keys.has(key);
    },
    reconcile: (key) => keys.delete(key),
    keys: () => [...keys],
  };
}

export function unreconciledKey(task: string, tool: string, argumentsDigest: string): string {
  return `${task} ${tool} ${argumentsDigest}`;
}

function keyOf(walk: Walk): string | undefined {
  const { principal, tool, argumentsDigest } = walk;
  if (principal === undefined || tool === undefined || argumentsDigest === undefined) {
    return undefined;
  }
  return unreconciledKey(principal.task, `${tool.id.server}/${tool.id.tool}`, argumentsDigest);
}
