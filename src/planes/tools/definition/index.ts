import type { JsonObject } from '#kernel/json/value.ts';
import type { Finding } from './finding.ts';
import { transportShape } from './transport.ts';
import { signOfWriting } from './writing.ts';

export type { Finding } from './finding.ts';
export { type Introduced, introduces } from './introduces.ts';
export { definitionFindings } from './quality.ts';

/** What a definition is, as far as its own words and its server's hints say. */
export interface Shape {
  readonly transport: Finding | undefined;
  readonly writing: Finding | undefined;
}

const known = new WeakMap<JsonObject, Shape>();

/** Read once: a definition never changes. */
export function shapeOf(definition: JsonObject): Shape {
  let shape = known.get(definition);
  if (shape === undefined) {
    shape = { transport: transportShape(definition), writing: signOfWriting(definition) };
    known.set(definition, shape);
  }
  return shape;
}
