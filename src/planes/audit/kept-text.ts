import { canonicalPart, type Json } from '#kernel/json/index.ts';

/** Of what was not written yet. */
const unwritten = '';
const texts = new WeakMap<object, string>();

/**
 * For parts that stand in record after record: frozen to the ground, so that the canonical text need
 * be made once. INVARIANT: it can never be another than the one of the value: nobody can change that.
 */
export function keepText<Value extends object>(value: Value): Value {
  freeze(value);
  texts.set(value, unwritten);
  return value;
}

/**
 * Made when it is first asked for, so that what is no JSON is a fault of whoever writes it.
 * Undefined of whatever was not given to `keepText`.
 */
export function keptText(value: object): string | undefined {
  const known = texts.get(value);
  if (known !== unwritten) return known;
  const text = canonicalPart(value as Json, 1);
  texts.set(value, text);
  return text;
}

function freeze(value: object): void {
  Object.freeze(value);
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) freeze(part as object);
  }
}
