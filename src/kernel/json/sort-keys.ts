const few = 32;

/**
 * By UTF-16 code units, in place. Objects are small: insertion beats the general sort there and
 * allocates nothing, and the first character mostly decides.
 */
export function sortKeys(keys: string[]): void {
  if (keys.length > few) {
    keys.sort();
    return;
  }
  for (let next = 1; next < keys.length; next += 1) {
    const key = keys[next] as string;
    let to = next;
    while (to > 0 && isBefore(key, keys[to - 1] as string)) {
      keys[to] = keys[to - 1] as string;
      to -= 1;
    }
    keys[to] = key;
  }
}

function isBefore(a: string, b: string): boolean {
  const difference = a.charCodeAt(0) - b.charCodeAt(0);
  if (difference !== 0 && !Number.isNaN(difference)) return difference < 0;
  return a < b;
}
