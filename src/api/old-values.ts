import { z } from 'zod';
import type { Approval, OldValue } from '#kernel/grant.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { time } from './shapes.ts';

/** What the gateway knows to have stood there, where the call would put something else. */
export const oldValue = z.strictObject({
  argument: z.string(),
  /** As JSON. Null: it is not told. */
  was: z.string().nullable(),
  /** Why it is not told; null: it is. */
  untold: z.enum(['guarded', 'long']).nullable(),
  /** As JSON, as it will be sent. */
  becomes: z.string(),
  from: z.string(),
  call: z.string(),
  at: time,
});

/** Null where the arguments are not shown, or were erased; empty: nothing is known of what stood there. */
export function oldValuesOf(
  { context: { beforeText } }: Approval,
  shown: string | null,
): z.input<typeof oldValue>[] | null {
  if (shown === null || shown === '') return null;
  const all = beforeText
    ? (parseJson(Buffer.from(beforeText, 'utf8')) as unknown as readonly OldValue[])
    : [];
  if (all.length === 0) return [];
  const given = parseJson(Buffer.from(shown, 'utf8'));
  return all.map(({ was, untold, at, ...read }) => ({
    ...read,
    was: was ?? null,
    untold: untold ?? null,
    becomes: JSON.stringify(memberAt(given, read.argument) ?? null),
    at: isoTime(at),
  }));
}

/** No name on the way has a dot in it. */
function memberAt(given: Json, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), given);
}
