import { join } from 'node:path';
import { z } from 'zod';
import type { OpenLabels, StoreMark } from '#contracts/store-mark.ts';
import { openRatchetFile, type RatchetFile } from './file.ts';

const count = z.number().int().min(0);

const brokenStore = z.strictObject({
  id: z.string().min(1),
  at: z.number().int(),
  why: z.string().min(1),
  /** Whose data it was: `store`, or the writer of logs. */
  of: z.string().min(1),
});

const content = z.strictObject({
  schema: z.literal(1),
  id: z.string().min(1),
  epoch: count,
  overlay: count,
  spent: z.record(z.string(), count),
  /** By tenant and open task; an earlier version kept none. */
  labels: z.record(z.string(), z.record(z.string(), z.array(z.string()))).optional(),
  /** Breaks of logs that were answered: everything was stopped and the epoch raised for them. */
  answered: z.array(z.string()),
  /** What nobody has looked at yet. */
  open: z.array(brokenStore),
});

export type OpenBreak = z.infer<typeof brokenStore>;
export type StoreRatchetContent = z.infer<typeof content>;

export function openStoreRatchetFile(folder: string): RatchetFile<StoreRatchetContent> {
  return openRatchetFile(join(folder, 'store.ratchet'), content);
}

/** True once control has stopped everything over this break of a log. */
export function isAnswered(folder: string, breakId: string): boolean {
  return openStoreRatchetFile(folder).read()?.answered.includes(breakId) ?? false;
}

/** Why this store is not the one that was kept, or not as far as it was; undefined when it is. */
export function whyPutBack(
  mark: StoreMark,
  last: StoreRatchetContent | undefined,
): string | undefined {
  if (last === undefined) return mark.id === undefined ? undefined : 'ratchet-lost';
  if (mark.id !== last.id) return mark.id === undefined ? 'store-lost' : 'another-store';
  if (mark.epoch < last.epoch || mark.overlay < last.overlay) return 'store-behind';
  const spentLess = Object.entries(last.spent).some(
    ([tenant, spent]) => (mark.spent[tenant] ?? 0) < spent,
  );
  return spentLess ? 'store-behind' : undefined;
}

/**
 * True where an open task carries less than it did: rows that were moved are as many as before. A task that is
 * over by now, or gone, carries nothing on.
 */
export function hasShedLabels(now: OpenLabels, last: StoreRatchetContent | undefined): boolean {
  return Object.entries(last?.labels ?? {}).some(([tenant, tasks]) =>
    Object.entries(tasks).some(([task, labels]) => {
      const carried = now[tenant]?.[task];
      return carried !== undefined && !labels.every((label) => carried.includes(label));
    }),
  );
}

/** Of those that carry any. */
export function keptLabels(now: OpenLabels): Record<string, Record<string, string[]>> {
  const entries = Object.entries(now).map(([tenant, tasks]) => {
    const labelled = Object.entries(tasks).filter(([, labels]) => labels.length > 0);
    return [tenant, Object.fromEntries(labelled.map(([task, all]) => [task, [...all]]))] as const;
  });
  return Object.fromEntries(entries.filter(([, tasks]) => Object.keys(tasks).length > 0));
}

export function isAhead(mark: StoreMark, last: StoreRatchetContent): boolean {
  return (
    mark.epoch > last.epoch ||
    mark.overlay > last.overlay ||
    Object.entries(mark.spent).some(([tenant, spent]) => spent > (last.spent[tenant] ?? 0))
  );
}
