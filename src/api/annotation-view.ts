import { z } from 'zod';
import type { JsonObject } from '#kernel/json/value.ts';
import type { FoundAnnotation, FoundPlace } from '#planes/query/index.ts';
import { jsonObject } from './shapes.ts';

export const found = z.strictObject({ origin: z.string(), index: z.number(), record: jsonObject });

export const reach = z.strictObject({
  origin: z.string(),
  complete: z.number(),
  size: z.number(),
  vkey: z.string().optional(),
});

/** Somebody's later words: a record of its own, with what it is about. */
export const annotation = found.extend({
  annotates: z.strictObject({ kind: z.enum(['record', 'task']), id: z.string() }),
  withdrawnBy: z.string().optional(),
  leaf: z.string().optional(),
  proof: z.string().optional(),
});

export function recordView({
  origin,
  index,
  record,
}: Pick<FoundPlace, 'origin' | 'index' | 'record'>): z.input<typeof found> {
  return { origin, index, record: record as unknown as JsonObject };
}

export function annotationView(one: FoundAnnotation): z.input<typeof annotation> {
  const { annotates, withdrawnBy, leaf, proof } = one;
  return {
    ...recordView(one),
    annotates,
    ...(withdrawnBy === undefined ? {} : { withdrawnBy }),
    ...(leaf === undefined ? {} : { leaf }),
    ...(proof === undefined ? {} : { proof }),
  };
}
