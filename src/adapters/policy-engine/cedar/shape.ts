import type { Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs';

export type PrimitiveShape =
  | { readonly kind: 'string' }
  | { readonly kind: 'long' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'decimal' };

/** What policies may read of an argument. */
export type Shape =
  | PrimitiveShape
  | { readonly kind: 'set'; readonly element: PrimitiveShape }
  | RecordShape
  | UntypedShape;

/**
 * An argument whose values have no one type in Cedar: a union, a list of objects, anything at all.
 * Rules see that it is there, and nothing else of it.
 */
export interface UntypedShape {
  readonly kind: 'untyped';
}

export interface RecordShape {
  readonly kind: 'record';
  readonly attributes: ReadonlyMap<string, AttributeShape>;
}

export interface AttributeShape {
  readonly shape: Shape;
  readonly required: boolean;
}

/** The entity type of what has no other. It has no attributes, and no rule may name it. */
export const untypedEntity = 'Untyped';

export function recordOf(attributes: Iterable<readonly [string, AttributeShape]>): RecordShape {
  return { kind: 'record', attributes: new Map(attributes) };
}

/** Whether two values could differ where rules see no difference. */
export function hidesSomething(shape: Shape): boolean {
  if (shape.kind === 'untyped') return true;
  if (shape.kind !== 'record') return false;
  return [...shape.attributes.values()].some((attribute) => hidesSomething(attribute.shape));
}

const cedarPrimitives: Readonly<Record<PrimitiveShape['kind'], Type<string>>> = {
  string: { type: 'String' },
  long: { type: 'Long' },
  boolean: { type: 'Boolean' },
  decimal: { type: 'Extension', name: 'decimal' },
};

export function cedarType(shape: Shape): Type<string> {
  switch (shape.kind) {
    case 'set':
      return { type: 'Set', element: cedarType(shape.element) };
    case 'record':
      return { type: 'Record', attributes: cedarAttributes(shape) };
    case 'untyped':
      return { type: 'Entity', name: untypedEntity };
    case 'string':
    case 'long':
    case 'boolean':
    case 'decimal':
      return cedarPrimitives[shape.kind];
  }
}

export function cedarAttributes(shape: RecordShape): Record<string, TypeOfAttribute<string>> {
  const attributes: Record<string, TypeOfAttribute<string>> = Object.create(null);
  for (const [key, attribute] of shape.attributes) {
    attributes[key] = { ...cedarType(attribute.shape), required: attribute.required };
  }
  return attributes;
}
