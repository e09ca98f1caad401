/**
 * A Map for what comes and goes with every call. One of V8's leaves the tables behind that it outgrew or
 * cleaned up, each of which knows the next. Once one of them is old, no collection of young objects frees any
 * of those after it, nor what was open when they were made, and that is every call: each collection then
 * copies all that was ever allocated since the last, and lets nothing go (`short-lived.test.ts`). What stands
 * in these tables is a small cell that is emptied when its value leaves. INVARIANT: keys are small.
 */
export class ShortLived<Key extends string | number, Value extends object> {
  readonly #cells = new Map<Key, { value: Value | undefined }>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: Key): boolean {
    return this.#cells.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  set(key: Key, value: Value): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
  }

  delete(key: Key): boolean {
    const cell = this.#cells.get(key);
    if (cell !== undefined) cell.value = undefined;
    return this.#cells.delete(key);
  }

  /** Of all that are there now; they may leave meanwhile. */
  keys(): Key[] {
    return [...this.#cells.keys()];
  }

  values(): Value[] {
    return [...this.#cells.values()].flatMap(({ value }) => (value === undefined ? [] : [value]));
  }

  clear(): void {
    for (const key of this.keys()) this.delete(key);
  }
}
