/** Forgets what was used least recently, roughly. INVARIANT: never holds more than `most`. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  readonly size: number;
}

/**
 * Two generations instead of an order of use: a hit costs one look-up, and what was asked for since
 * the last turn survives it. So a flood of strangers does not push out those who are busy.
 */
export function createBoundedCache<Value>(most: number): BoundedCache<Value> {
  const half = Math.max(1, Math.floor(most / 2));
  let current = new Map<string, Value>();
  let older = new Map<string, Value>();
  const keep = (key: string, value: Value): void => {
    if (current.size >= half && !current.has(key)) {
      older = current;
      current = new Map();
    }
    current.set(key, value);
  };
  return {
    get size() {
      return current.size + older.size;
    },
    get(key) {
      const recent = current.get(key);
      if (recent !== undefined) return recent;
      const value = older.get(key);
      if (value === undefined) return undefined;
      older.delete(key);
      keep(key, value);
      return value;
    },
    set(key, value) {
      older.delete(key);
      keep(key, value);
    },
  };
}
