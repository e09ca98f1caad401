import { z } from 'zod';
import type { Json } from '#kernel/json/value.ts';
import type { ManifestTarget } from '#kernel/manifest.ts';
import type { ArgumentBound } from '#kernel/tool.ts';

const bound = z
  .strictObject({
    max: z.number().optional(),
    min: z.number().optional(),
    // Any JSON: the spec is one already, read by the strict reader.
    oneOf: z
      .array(z.custom<Json>((value) => value !== undefined))
      .min(1)
      .max(1_000)
      .optional(),
    prefix: z.string().min(1).max(1_024).optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'give at least one of max, min, oneOf, prefix')
  .refine(
    ({ min, max }) => min === undefined || max === undefined || min <= max,
    '`min` is above `max`, so no value would do',
  )
  .refine(
    ({ prefix }) => prefix === undefined || !/^[a-z][a-z0-9+.-]*:\/\/[^/]*$/i.test(prefix),
    'a prefix that ends inside a host name lets other hosts through; end it with `/`',
  );

/** What a document says of the arguments of what it lists. */
export const argumentBounds = z.record(z.string().min(1).max(256), bound).default({});

export function boundsOf(given: z.infer<typeof argumentBounds>): ManifestTarget['bounds'] {
  return Object.fromEntries(
    Object.entries(given).map(([argument, one]) => [argument, boundsOfOne(one)] as const),
  );
}

function boundsOfOne(given: z.infer<typeof bound>): ArgumentBound[] {
  const bounds: ArgumentBound[] = [];
  if (given.min !== undefined) bounds.push({ kind: 'min', value: given.min });
  if (given.max !== undefined) bounds.push({ kind: 'max', value: given.max });
  if (given.oneOf !== undefined) bounds.push({ kind: 'one-of', values: given.oneOf });
  if (given.prefix !== undefined) bounds.push({ kind: 'prefix', value: given.prefix });
  return bounds;
}
