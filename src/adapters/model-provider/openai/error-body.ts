import { z } from 'zod';
import { parseJson } from '#kernel/json/index.ts';

const shape = z.object({ error: z.union([z.object({ message: z.string() }), z.string()]) });

/** The words of an error that is one; undefined for anything else that stands there instead. */
export function saidIn(value: unknown): string | undefined {
  const parsed = shape.safeParse(value);
  if (!parsed.success) return undefined;
  const { error } = parsed.data;
  return typeof error === 'string' ? error : error.message;
}

export function saidInBytes(bytes: Buffer): string | undefined {
  try {
    return saidIn(parseJson(bytes));
  } catch {
    return undefined;
  }
}
