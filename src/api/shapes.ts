import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** Reads what came from outside by its shape; every problem at once, each with its path. */
export function parsed<T>(shape: z.ZodType<T>, given: unknown): T {
  const read = shape.safeParse(given);
  if (read.success) return read.data;
  throw new BailiwickError('api/invalid', {
    details: {
      problems: read.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'request'}: ${message}`,
      ),
    },
  });
}

export const reason = z
  .string()
  .trim()
  .min(1, 'a reason is required')
  .refine((text) => Buffer.byteLength(text, 'utf8') <= limits.reasonBytes, 'too long');
export const withReason = z.strictObject({ reason });
/** For acts that go without one; it is on record when it was given. */
export const reasonIfAny = z.strictObject({ reason: reason.optional() });

/** What the word of a document, an agent or a secret looks like. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
/** An id that we made: of an approval, a record, an instance. */
export const id = z.string().min(1).max(128);

/** SHA-256, as hex. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A whole number in a query string, bounded; more than there may be is the most there may be. */
export function limit(usual: number, most: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'a whole number')
    .transform((text) => Math.min(Number(text), most))
    .default(usual);
}

/** A time that is asked for, in milliseconds since the epoch. */
export const moment = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((at) => !Number.isNaN(at), 'a time as RFC 3339 writes it');
/** A JSON object whose members its route does not name: a document, a record, a definition. */
export const jsonObject = z
  .custom<JsonObject>(isJsonObject, 'a JSON object')
  .meta({ type: 'object' });
/** RFC 3339, as `isoTime` writes it. */
export const time = z.string();
