const levels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;

/** The levels of a log that somebody reads who asked for the least severe of them. */
export function levelsFrom(least: string | undefined): ReadonlySet<string> {
  const at = levels.findIndex((level) => level === least);
  return new Set(at < 0 ? [] : levels.slice(at));
}

export function isLogLevel(level: unknown): level is string {
  return levels.some((known) => known === level);
}
