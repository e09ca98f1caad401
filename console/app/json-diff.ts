/** A place of two values at which they differ; what is not there is undefined. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where two values of JSON differ, member by member; lists differ as a whole place by place. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (before === after) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return names.flatMap((name) =>
      differences(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }).flatMap((_, at) =>
      differences(before[at], after[at], `${path}[${at}]`),
    );
  }
  return [{ path, before, after }];
}

/** Names come from others: `constructor` must find nothing. */
const own = (of: Members, name: string) => (Object.hasOwn(of, name) ? of[name] : undefined);

export interface Parted {
  readonly start: string;
  readonly before: string;
  readonly after: string;
  readonly end: string;
}

/** What two texts share at both ends, and what differs between; cut between words where it can be. */
export function parted(before: string, after: string): Parted {
  const one = pieces(before);
  const other = pieces(after);
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  return {
    start: one.slice(0, head).join(''),
    before: one.slice(head, one.length - tail).join(''),
    after: other.slice(head, other.length - tail).join(''),
    end: one.slice(one.length - tail).join(''),
  };
}

const pieces = (text: string) => text.match(/\s+|[\p{L}\p{N}_]+|[^]/gu) ?? [];
