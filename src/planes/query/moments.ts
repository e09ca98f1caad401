const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const shapes = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `7d` before now, a day in UTC, or a time as RFC 3339 writes it; undefined for anything else. */
export function readMoment(word: string, now: number): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(word) ?? [];
  if (count !== undefined) return Math.max(0, now - Number(count) * (unitMs[unit] ?? 0));
  if (!shapes.test(word)) return undefined;
  const at = Date.parse(word);
  return Number.isNaN(at) ? undefined : Math.max(0, at);
}
