import { z } from 'zod';
import type { Approval } from '#kernel/grant.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import { argumentAt } from '#planes/flow/index.ts';

/** One value of a held call that nobody has proved, beside where it came from. */
export const doubtedValue = z.strictObject({
  /** Null: it is about the call as a whole. */
  argument: z.string().nullable(),
  kind: z.string().nullable(),
  /** Null where the arguments were erased, or are not shown. */
  value: z.string().nullable(),
  why: z.string(),
  /** The result in which it appeared first. */
  from: z.string().nullable(),
  call: z.string().nullable(),
  at: z.string().nullable(),
  /** How it stood there: as it is, encoded, or in pieces. */
  form: z.string().nullable(),
  looksLikeOneNamed: z.boolean(),
  othersBeside: z.number(),
});

/** One that acts, and of which it is known that the user wants it. */
export const provedValue = z.strictObject({
  argument: z.string(),
  kind: z.string(),
  value: z.string().nullable(),
});

/** Null: not all of it could be looked into, or its tool declares no flow. */
export function provedValues(
  { context: { proved } }: Approval,
  shown: string | null,
): z.input<typeof provedValue>[] | null {
  if (proved === undefined) return null;
  const args = readOrNull(shown ?? '');
  return proved.map(({ argument, kind }) => ({ argument, kind, value: valueAt(args, argument) }));
}

export function doubtedValues(
  { context: { doubts = [] } }: Approval,
  shown: string | null,
): z.input<typeof doubtedValue>[] {
  if (doubts.length === 0) return [];
  const args = readOrNull(shown ?? '');
  return doubts.map(({ argument, kind, why, origin, form, lookAlike, beside }) => ({
    argument: argument ?? null,
    kind: kind ?? null,
    value: argument === undefined ? null : valueAt(args, argument),
    why,
    from: origin?.target ?? null,
    call: origin?.call ?? null,
    at: origin?.path ?? null,
    form: form ?? null,
    looksLikeOneNamed: lookAlike,
    othersBeside: beside,
  }));
}

function readOrNull(text: string): Json {
  return text === '' ? null : parseJson(Buffer.from(text, 'utf8'));
}

function valueAt(args: Json, path: string): string | null {
  const value = argumentAt(args, path);
  return value === undefined ? null : visibleText(String(value), { maxLength: 2_000 });
}
