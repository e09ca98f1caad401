import type { PrimitiveShape, RecordShape, Shape } from './shape.ts';

/**
 * What a schema says a value can be: one shape, or null, or both. `mixed` is anything that has no
 * one shape; `none` is no value at all but null, where that is allowed.
 */
export interface View {
  readonly nulls: boolean;
  readonly values: Exclude<Shape, { readonly kind: 'untyped' }> | 'mixed' | 'none';
}

export const anything: View = { nulls: true, values: 'mixed' };
export const nothing: View = { nulls: false, values: 'none' };
export const onlyNull: View = { nulls: true, values: 'none' };

/** Both must hold. What is mixed leaves the word to the other. */
export function both(a: View, b: View): View {
  return { nulls: a.nulls && b.nulls, values: bothValues(a.values, b.values) };
}

function bothValues(a: View['values'], b: View['values']): View['values'] {
  if (a === 'mixed') return b;
  if (b === 'mixed' || a === b) return a;
  if (a === 'none' || b === 'none') return 'none';
  if (a.kind === 'set' && b.kind === 'set') return a.element.kind === b.element.kind ? a : 'mixed';
  // Two records at once would have to be merged member by member; nobody writes that.
  if (a.kind === 'record' && b.kind === 'record') return 'mixed';
  if (a.kind === b.kind) return a;
  return integerAmong(a, b) ?? 'none';
}

/** Either may hold. */
export function either(a: View, b: View): View {
  return { nulls: a.nulls || b.nulls, values: eitherValues(a.values, b.values) };
}

function eitherValues(a: View['values'], b: View['values']): View['values'] {
  if (a === 'none' || a === b) return b;
  if (b === 'none') return a;
  if (a === 'mixed' || b === 'mixed') return 'mixed';
  if (a.kind === 'set' && b.kind === 'set') return a.element.kind === b.element.kind ? a : 'mixed';
  if (a.kind === 'record' || b.kind === 'record') return 'mixed';
  if (a.kind === b.kind) return a;
  return integerAmong(a, b) === undefined ? 'mixed' : { kind: 'decimal' };
}

/** Every integer is a number: of one and the other, the integer is the narrower. */
function integerAmong(
  a: Exclude<View['values'], string>,
  b: Exclude<View['values'], string>,
): PrimitiveShape | undefined {
  const kinds = [a.kind, b.kind].sort().join(' ');
  return kinds === 'decimal long' ? { kind: 'long' } : undefined;
}

export function isPrimitive(shape: Shape | RecordShape): shape is PrimitiveShape {
  return shape.kind !== 'set' && shape.kind !== 'record' && shape.kind !== 'untyped';
}
