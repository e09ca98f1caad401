/** A minimum that was in force, from when until when; `until` is not there while it is. */
export interface Promised {
  readonly from: number;
  readonly until?: number;
  readonly minimumMs: number;
}

/**
 * INVARIANT: nothing that was promised is taken back: a minimum that ends is kept with its end, and binds what was
 * written until then. The same list when nothing changed.
 */
export function keepPromise(
  promised: readonly Promised[],
  minimumMs: number,
  now: number,
): readonly Promised[] {
  const present = promised.find(({ until }) => until === undefined);
  if (minimumMs === (present?.minimumMs ?? 0)) return promised;
  const ended = promised.map((one) => (one === present ? { ...one, until: now } : one));
  return minimumMs === 0 ? ended : [...ended, { from: now, minimumMs }];
}

/** For a record that was made then: the longest that was in force at any time since. */
export function promisedMs(promised: readonly Promised[], madeAt: number, present: number): number {
  const binding = promised.filter(({ until }) => until === undefined || until > madeAt);
  return binding.reduce((most, { minimumMs }) => Math.max(most, minimumMs), present);
}

/** The longest that binds anything that is still within its time. */
export function promisedNow(promised: readonly Promised[], present: number, now: number): number {
  const binding = promised.filter(
    ({ until, minimumMs }) => until === undefined || until + minimumMs > now,
  );
  return binding.reduce((most, { minimumMs }) => Math.max(most, minimumMs), present);
}
