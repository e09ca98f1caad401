/** The only door to time. Injected everywhere, so that tests own the clock. */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only grow; for durations and order inside one process. */
  monotonic(): number;
}

/** What the machine says, which may jump: for whoever looks for that. */
export const machineClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** What is more than this, against the time that only grows, is a jump. */
export const clockJumpMs = 2_000;

/**
 * INVARIANT: it never goes back, so nothing that ends by it lives longer because the machine's clock was set. By
 * little it stands still; by more it goes on as the time that only grows does, until the machine's is there too.
 */
export function forwardOnly(machine: Clock): Clock {
  const monotonic = (): number => machine.monotonic();
  let last = Number.NEGATIVE_INFINITY;
  let held: { readonly at: number; readonly since: number } | undefined;
  return {
    monotonic,
    now() {
      const wall = machine.now();
      const least = held === undefined ? last : held.at + Math.floor(monotonic() - held.since);
      if (wall >= least) {
        held = undefined;
        last = wall;
        return wall;
      }
      if (held === undefined && last - wall > clockJumpMs) {
        held = { at: last, since: monotonic() };
      }
      last = least;
      return least;
    },
  };
}

export const systemClock: Clock = forwardOnly(machineClock);

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
