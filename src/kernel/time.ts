/** The only door to time. Injected everywhere, so that tests own the clock. */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only grow; for durations and order inside one process. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number;

  constructor(start = 1_790_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

// The last time that was asked for and what its second begins with: records come close together.
let lastAt = Number.NaN;
let lastText = '';
let secondAt = Number.NaN;
let secondText = '';

/** From 1970 on, either way: what a date can be. */
const farthest = 8.64e15;

/** RFC 3339 in UTC with milliseconds; one form in every record. */
export function isoTime(milliseconds: number): string {
  if (milliseconds === lastAt) return lastText;
  const isPlain = Number.isInteger(milliseconds) && Math.abs(milliseconds) <= farthest;
  lastText = isPlain ? timeInSecond(milliseconds) : new Date(milliseconds).toISOString();
  lastAt = milliseconds;
  return lastText;
}

function timeInSecond(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (second !== secondAt) {
    // Without its three digits of milliseconds and the `Z`.
    secondText = new Date(second * 1000).toISOString().slice(0, -4);
    secondAt = second;
  }
  return `${secondText}${String(milliseconds - second * 1000).padStart(3, '0')}Z`;
}
