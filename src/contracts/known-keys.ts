import { z } from 'zod';

type Path = readonly (string | number)[];

/** The keys that a schema knows at a place inside it; none where it knows no names. */
export function knownKeys(schema: z.core.$ZodType, path: Path): readonly string[] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodUnion) return bare.options.flatMap((one) => knownKeys(one, path));
  const [first, ...rest] = path;
  if (first === undefined) return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
  const inner = memberOf(bare, String(first));
  return inner === undefined ? [] : knownKeys(inner, rest);
}

function memberOf(schema: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, key)) return undefined;
  return schema.shape[key];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let bare = schema;
  while (
    bare instanceof z.ZodOptional ||
    bare instanceof z.ZodDefault ||
    bare instanceof z.ZodNullable
  ) {
    bare = bare.unwrap();
  }
  return bare;
}
