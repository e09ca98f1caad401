import { add, type Long, longOf, remainder, subtract } from './long.ts';
import { Datetime, Duration } from './values.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** What a duration is counted in. */
export const units = { day, hour, minute, second } as const;

const datePattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(.+))?$/;
const clockPattern = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?(?:Z|([+-])(\d{2})(\d{2}))$/;

/** A day, or a moment with a zone; see Cedar's `datetime`. */
export function parseDatetime(text: string): Datetime | undefined {
  const parts = datePattern.exec(text);
  if (parts === null) return undefined;
  const [, years, months, days, clock] = parts;
  const start = dayOf(Number(years), Number(months), Number(days));
  const within = clock === undefined ? 0 : clockOf(clock);
  return start === undefined || within === undefined ? undefined : new Datetime(start + within);
}

function dayOf(year: number, month: number, dayOfMonth: number): number | undefined {
  const date = new Date(0);
  // Not `Date.UTC`, which takes the years 0 to 99 for those of 1900.
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth;
  return exists ? date.getTime() : undefined;
}

function clockOf(text: string): number | undefined {
  const parts = clockPattern.exec(text);
  if (parts === null) return undefined;
  const [, hours, minutes, seconds, milliseconds = '0', sign, zoneHours, zoneMinutes] = parts;
  const time = timeOf(Number(hours), Number(minutes), Number(seconds));
  const zone = sign === undefined ? 0 : timeOf(Number(zoneHours), Number(zoneMinutes), 0);
  if (time === undefined || zone === undefined) return undefined;
  return time + Number(milliseconds) + (sign === '-' ? zone : -zone);
}

function timeOf(hours: number, minutes: number, seconds: number): number | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return hours * hour + minutes * minute + seconds * second;
}

const durationPattern = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const scales = [day, hour, minute, second, 1];

/** Such as `1d2h` or `-3m`, each unit once and the larger ones first. */
export function parseDuration(text: string): Duration | undefined {
  const parts = text === '' || text === '-' ? null : durationPattern.exec(text);
  if (parts === null) return undefined;
  const [, sign, ...counts] = parts as readonly (string | undefined)[];
  let total = 0n;
  for (const [at, scale] of scales.entries()) total += BigInt(counts[at] ?? 0) * BigInt(scale);
  const milliseconds = longOf(sign === '-' ? -total : total);
  return milliseconds === undefined ? undefined : new Duration(milliseconds);
}

/** The functions below are undefined where the answer is beyond 64 bits. */
export function offset(from: Datetime, by: Duration): Datetime | undefined {
  return datetime(add(from.milliseconds, by.milliseconds));
}

export function durationSince(to: Datetime, from: Datetime): Duration | undefined {
  return duration(subtract(to.milliseconds, from.milliseconds));
}

export function toDate({ milliseconds }: Datetime): Datetime | undefined {
  return datetime(subtract(milliseconds, sinceMidnight(milliseconds)));
}

export function toTime({ milliseconds }: Datetime): Duration {
  return new Duration(sinceMidnight(milliseconds));
}

function sinceMidnight(milliseconds: Long): number {
  const rest = remainder(milliseconds, day);
  return rest < 0 ? rest + day : rest;
}

function datetime(milliseconds: Long | undefined): Datetime | undefined {
  return milliseconds === undefined ? undefined : new Datetime(milliseconds);
}

function duration(milliseconds: Long | undefined): Duration | undefined {
  return milliseconds === undefined ? undefined : new Duration(milliseconds);
}
