import type { MissingLog } from '#planes/audit/index.ts';

interface Item {
  readonly item: 'logs';
  readonly state: 'red' | 'green';
  readonly why: string;
}

/** Whether every log that was ever noted is there, and no shorter than it was. */
export function logDirectoryItem(missing: readonly MissingLog[], accepted = 0): Item {
  const [first] = missing;
  if (first === undefined) {
    const but = accepted === 0 ? '' : `, but ${accepted} that nobody misses any more, on record`;
    return { item: 'logs', state: 'green', why: `every log that was noted is there${but}` };
  }
  const { origin, noted, found } = first;
  const what =
    found === undefined
      ? `the log \`${origin}\` with ${noted} records is gone, or cannot be read`
      : found === noted
        ? `the log \`${origin}\` has ${noted} records, and others than it had`
        : `the log \`${origin}\` had ${noted} records and has ${found}`;
  const more = missing.length === 1 ? '' : `, and ${missing.length - 1} more`;
  return {
    item: 'logs',
    state: 'red',
    why: `${what}${more}: put it back, and find out who took it; for good: \`audit accept-missing\``,
  };
}
