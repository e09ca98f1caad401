export const intervals = ['daily', 'weekly', 'monthly'] as const;
export type Interval = (typeof intervals)[number];

/** From `from` to before `to`, in UTC, by the name that a folder of it has. */
export interface Period {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const dayMs = 86_400_000;

/** The period that a moment lies in. Weeks begin on Monday. */
export function periodOf(interval: Interval, at: number): Period {
  const day = Math.floor(at / dayMs) * dayMs;
  const date = new Date(day);
  switch (interval) {
    case 'daily':
      return { name: `day-${dayText(day)}`, from: day, to: day + dayMs };
    case 'weekly': {
      const from = day - ((date.getUTCDay() + 6) % 7) * dayMs;
      return { name: `week-${dayText(from)}`, from, to: from + 7 * dayMs };
    }
    case 'monthly': {
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      const from = Date.UTC(year, month, 1);
      return { name: `month-${dayText(from).slice(0, 7)}`, from, to: Date.UTC(year, month + 1, 1) };
    }
  }
}

/** Undefined for what is no name of such a period. */
export function periodNamed(interval: Interval, name: string): Period | undefined {
  const [, text = ''] = /^(?:day|week|month)-(\d{4}-\d\d(?:-\d\d)?)$/u.exec(name) ?? [];
  const at = Date.parse(text.length === 7 ? `${text}-01T00:00:00Z` : `${text}T00:00:00Z`);
  if (Number.isNaN(at)) return undefined;
  const period = periodOf(interval, at);
  return period.name === name ? period : undefined;
}

/** A record comes to its log a moment after its time, and after the end of its period. */
export const settledMs = 300_000;

/**
 * What has ended by now and was not made, oldest first, at most so many. Without any that was made before, the
 * last one alone: nobody asked for what was earlier.
 */
export function duePeriods(
  interval: Interval,
  {
    made,
    now,
    most,
  }: { readonly made: readonly string[]; readonly now: number; readonly most: number },
): readonly Period[] {
  const ended = now - settledMs;
  const known = made.flatMap((name) => periodNamed(interval, name) ?? []);
  const newest = known.reduce((latest, { to }) => Math.max(latest, to), 0);
  let next =
    newest === 0
      ? periodOf(interval, periodOf(interval, ended).from - 1)
      : periodOf(interval, newest);
  const due: Period[] = [];
  while (next.to <= ended && due.length < most) {
    due.push(next);
    next = periodOf(interval, next.to);
  }
  return due;
}

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);
