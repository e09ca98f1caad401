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

/**
 * `guests[1].email`, as the gateway wrote it. INVARIANT: names may hold dots and brackets, so whatever is written so
 * is looked for; where two values are, neither is shown for the other.
 */
function valueAt(args: Json, path: string): string | null {
  const found: (string | number | boolean)[] = [];
  search(args, '', path, found);
  const [value] = found;
  if (value === undefined || found.length > 1) return null;
  return visibleText(String(value), { maxLength: 2_000 });
}

/** Never goes down but where what is written so far begins the path: no deeper than it is long. */
function search(value: Json, at: string, path: string, found: (string | number | boolean)[]): void {
  if (found.length > 1 || !path.startsWith(at)) return;
  if (Array.isArray(value)) {
    const index = /^\[(\d{1,9})\]/.exec(path.slice(at.length))?.[1];
    const item = index === undefined ? undefined : (value as readonly Json[])[Number(index)];
    if (item !== undefined) search(item, `${at}[${index}]`, path, found);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const name = key.slice(0, 64).replaceAll('\0', '\ufffd');
      const member = value[key];
      if (member !== undefined) search(member, at === '' ? name : `${at}.${name}`, path, found);
    }
  } else if (value !== null && at === path) {
    found.push(value as string | number | boolean);
  }
}
