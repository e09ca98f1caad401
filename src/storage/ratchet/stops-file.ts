import { join } from 'node:path';
import { z } from 'zod';
import type { StopDifference } from '#contracts/kept-stops.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type OverlayEntry, stopReasons } from '#kernel/overlay.ts';
import { openRatchetFile, type RatchetFile } from './file.ts';

const word = z.string().min(1);
const target = z.record(z.string(), z.unknown()) as unknown as z.ZodType<OverlayEntry['target']>;

const content = z.strictObject({
  schema: z.literal(1),
  entries: z.array(
    z.strictObject({
      id: word,
      target,
      why: z.enum(stopReasons),
      by: z.string(),
      reason: z.string(),
      at: z.number(),
      digest: z.string().optional(),
      ref: z.string().optional(),
      until: z.number().optional(),
    }),
  ),
  /** What was found to differ, for as long as it is red. */
  differed: z.array(
    z.strictObject({
      id: word,
      target,
      reason: z.enum(stopReasons),
      why: z.enum(['gone', 'changed', 'unknown', 'unrevoked']),
      at: z.number(),
    }),
  ),
});

export type StopsContent = z.infer<typeof content>;
export type KeptStop = OverlayEntry & { readonly why: (typeof stopReasons)[number] };

export function openStopsFile(folder: string): RatchetFile<StopsContent> {
  return openRatchetFile(join(folder, 'stops.ratchet'), content, {
    unknown: 'what was stopped and revoked is not known',
    suggestedAction:
      'put it back from the copy of the keys that was made last; with the file taken away the stops of the store are believed once more, on record, so compare them with the records `stop.set` and `stop.released`',
  });
}

/** What people stop, and what drifted: it is in force until a person says otherwise. */
export function isKept(entry: OverlayEntry): entry is KeptStop {
  return stopReasons.some((reason) => reason === entry.why);
}

/** As the overlay has it: one entry for what is stopped and why. */
export function keyOf({ target: of, why }: Pick<OverlayEntry, 'target' | 'why'>): string {
  return `${why}\n${canonicalText(plain(of))}`;
}

export function isSameStop(one: OverlayEntry, other: OverlayEntry): boolean {
  return textOf(one) === textOf(other);
}

function textOf(entry: OverlayEntry): string {
  return canonicalText(plain(entry));
}

/** As the store writes it: a whole server is named by an `undefined`, which JSON has not. */
export function plain<T>(of: T): T & Json {
  return parseJson(Buffer.from(JSON.stringify(of))) as T & Json;
}

export function differenceOf(
  { id, target: of, why: reason }: KeptStop,
  why: StopDifference['why'],
  at: number,
): StopsContent['differed'][number] {
  return { id, target: of, reason, why, at };
}

export function stopNamed({ id, target: of, why, by, at }: KeptStop): JsonObject {
  return { id, target: { ...of } as unknown as JsonObject, why, by, at };
}
