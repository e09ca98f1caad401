import type { Walk } from './walk.ts';

/**
 * Calls whose effect may stand although no outcome says so. The same arguments to the same tool in
 * the same task are refused until somebody has looked.
 */
export interface Unreconciled {
  add(walk: Walk): void;
  addKey(key: string, intent: string): void;
  has(walk: Walk): boolean;
  reconcile(key: string): boolean;
  keys(): readonly string[];
  /** Ids of the intents behind the keys: what a restart needs to know them again. */
  intents(): readonly string[];
  /** Told after every change; there is one listener. */
  onChange(listener: () => void): void;
}

export function createUnreconciled(): Unreconciled {
  const intents = new Map<string, string | undefined>();
  let changed = (): void => undefined;
  const put = (key: string, intent: string | undefined): void => {
    if (intents.has(key)) return;
    intents.set(key, intent);
    changed();
  };
  return {
    add(walk) {
      const key = keyOf(walk);
      // Reading twice harms nobody, so a lost read never blocks the next one.
      if (key !== undefined && walk.tool?.toolClass.effect !== 'read') put(key, walk.intent);
    },
    addKey: put,
    has(walk) {
      if (intents.size === 0) return false;
      const key = keyOf(walk);
      return key !== undefined && intents.has(key);
    },
    reconcile(key) {
      const known = intents.delete(key);
      if (known) changed();
      return known;
    },
    keys: () => [...intents.keys()],
    intents: () => [...intents.values()].filter((id) => id !== undefined),
    onChange: (listener) => void (changed = listener),
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
