import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { RouteInput } from './route.ts';

/** Parses what came from outside; every problem at once, each with its path. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new BailiwickError('api/invalid', {
    details: {
      problems: parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`,
      ),
    },
  });
}

export const reason = z.string().trim().min(1, 'a reason is required').max(limits.reasonBytes);
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');

export function personOf(input: RouteInput): StoredPerson {
  if (input.person === undefined) throw new BailiwickError('api/unauthorized');
  return input.person;
}

/** Whole numbers in a query string, bounded. */
export function limitOf(input: RouteInput, usual: number, most: number): number {
  const text = input.query.get('limit');
  if (text === null) return usual;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new BailiwickError('api/invalid', { details: { problems: ['limit: a whole number'] } });
  }
  return Math.min(value, most);
}
