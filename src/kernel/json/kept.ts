import { canonicalText } from './canonical.ts';
import type { Json } from './value.ts';

const texts = new WeakMap<object, string>();

/**
 * For what is written again and again: frozen to its ground, and its canonical text made once.
 * INVARIANT: the text can never be another than the one of the value, because nobody can change it.
 */
export function keepText<Value extends object>(value: Value): Value {
  freeze(value);
  texts.set(value, canonicalText(value as Json));
  return value;
}

/** Undefined of whatever was not given to `keepText`. */
export function keptText(value: object): string | undefined {
  return texts.get(value);
}

function freeze(value: object): void {
  Object.freeze(value);
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) freeze(part as object);
  }
}
