import { z } from 'zod';
import type { Json } from '#kernel/json/index.ts';
import type { Reads } from './reads.ts';
import { type PrimitiveShape, recordOf, type Shape } from './shape.ts';

// Shapes and what is read of them as plain JSON. Members stand in lists: their names come from tools,
// and in an object some of them would be another thing than a member.

const primitives = ['string', 'long', 'boolean', 'decimal'] as const;
const primitive = z.enum(primitives);

export function plainShape(shape: Shape): Json {
  switch (shape.kind) {
    case 'set':
      return [shape.element.kind];
    case 'record':
      return {
        record: [...shape.attributes].map(([name, { shape: inner, required }]) => [
          name,
          required,
          plainShape(inner),
        ]),
      };
    case 'untyped':
    case 'string':
    case 'long':
    case 'boolean':
    case 'decimal':
      return shape.kind;
  }
}

const member = z.tuple([z.string(), z.boolean(), z.unknown()]);
const shape = z.union([
  z.enum([...primitives, 'untyped']),
  z.tuple([primitive]),
  z.strictObject({ record: z.array(member) }),
]);

/** Throws for what is no shape. */
export function readShape(value: unknown): Shape {
  const found = shape.parse(value);
  if (typeof found === 'string') return { kind: found };
  if (Array.isArray(found)) return { kind: 'set', element: elementOf(found[0]) };
  return recordOf(
    found.record.map(([name, required, inner]) => [name, { shape: readShape(inner), required }]),
  );
}

function elementOf(kind: PrimitiveShape['kind']): PrimitiveShape {
  return { kind };
}

export function plainReads(reads: Reads): Json {
  return reads === 'all' ? 'all' : [...reads].map(([name, below]) => [name, plainReads(below)]);
}

const reads = z.union([z.literal('all'), z.array(z.tuple([z.string(), z.unknown()]))]);

/** Throws for what says nothing of the kind. */
export function readReads(value: unknown): Reads {
  const found = reads.parse(value);
  return found === 'all' ? 'all' : new Map(found.map(([name, below]) => [name, readReads(below)]));
}
