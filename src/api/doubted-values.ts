import { z } from 'zod';
import type { Approval } from '#kernel/grant.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';

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

/** `guests[1].email`, as the gateway wrote it. */
function valueAt(args: Json, path: string): string | null {
  let value: Json | undefined = args;
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (index !== undefined) {
      value = Array.isArray(value) ? (value as readonly Json[])[Number(index)] : undefined;
    } else {
      value =
        isJsonObject(value) && Object.hasOwn(value, name ?? '') ? value[name ?? ''] : undefined;
    }
  }
  if (value === undefined || value === null || typeof value === 'object') return null;
  return visibleText(String(value), { maxLength: 2_000 });
}
