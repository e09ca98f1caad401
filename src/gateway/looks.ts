import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';

export interface LooksParts {
  /** Looks at the server now; whatever it answers but undefined is a failure. */
  readonly recheck: (tenant: string, server: string) => Promise<unknown>;
  /** False while no call would be let through. */
  readonly mayLook: () => boolean;
  readonly clock: Clock;
  /** Told after each look when the next one is. */
  readonly onNext?: (tenant: string, server: string, inMs: number) => void;
}

/** When tool servers are looked at: now, at their word, after a failure, and every few minutes. */
export interface Looks {
  /** Looks at these servers now; one that is being looked at is looked at once more. */
  look(tenant: string, servers: readonly string[]): void;
  /** The server says that its list changed: at once, and the later the more often it says so. */
  changed(tenant: string, server: string): void;
  /** Looks at those of them whose time has come. */
  round(tenant: string, servers: readonly string[]): void;
}

const firstRetryMs = 250;
const longestRetryMs = 30_000;
/** A server that changes its list without end is looked at less and less often, but never rarely. */
const firstPauseMs = 500;
const longestPauseMs = 60_000;

interface Timing {
  /** When it is looked at next in any case; zero is at once. */
  dueAt: number;
  /** How long the last failure put it off. */
  retryMs: number;
  /** When its own word is followed next; undefined when it has said nothing since. */
  wordAt: number | undefined;
  /** When its word was followed last, or will be, and how long the next one waits after that. */
  lastWordAt: number;
  pauseMs: number;
  running: boolean;
  again: boolean;
}

export function createLooks(parts: LooksParts): Looks {
  const { clock } = parts;
  const timings = new Map<string, Timing>();
  const timingOf = (tenant: string, server: string): Timing => {
    const key = `${tenant}\n${server}`;
    const known = timings.get(key) ?? newTiming();
    timings.set(key, known);
    return known;
  };
  const lookNow = (timing: Timing, tenant: string, server: string): void => {
    timing.running = true;
    // A word that waited is followed now: the next one waits from here, not from when this one would have been.
    if (timing.wordAt !== undefined) timing.lastWordAt = clock.monotonic();
    timing.wordAt = undefined;
    void succeeds(parts, tenant, server).then((good) => {
      timing.running = false;
      const now = clock.monotonic();
      putOff(timing, good, now);
      parts.onNext?.(tenant, server, timing.dueAt - now);
      // Asked for while it was looking: what it saw may be older than that.
      if (timing.again) {
        timing.again = false;
        lookNow(timing, tenant, server);
      }
    });
  };
  const look = (tenant: string, servers: readonly string[]): void => {
    // Until the overlay is confirmed every call is refused; the round after that looks.
    if (!parts.mayLook()) return;
    for (const server of servers) {
      const timing = timingOf(tenant, server);
      if (timing.running) timing.again = true;
      else lookNow(timing, tenant, server);
    }
  };
  return {
    look,
    changed(tenant, server) {
      const timing = timingOf(tenant, server);
      const now = clock.monotonic();
      hear(timing, now);
      if (timing.wordAt !== undefined && timing.wordAt <= now) look(tenant, [server]);
    },
    round(tenant, servers) {
      const now = clock.monotonic();
      look(
        tenant,
        servers.filter((server) => isDue(timingOf(tenant, server), now)),
      );
    },
  };
}

function newTiming(): Timing {
  const never = Number.NEGATIVE_INFINITY;
  return {
    dueAt: 0,
    retryMs: 0,
    wordAt: undefined,
    lastWordAt: never,
    pauseMs: 0,
    running: false,
    again: false,
  };
}

/** One word waits at a time: however often it is said meanwhile, it is one look. */
function hear(timing: Timing, now: number): void {
  if (timing.wordAt !== undefined) return;
  // After a long quiet a word counts as much as the first one.
  if (now - timing.lastWordAt > 2 * longestPauseMs) timing.pauseMs = 0;
  timing.wordAt = Math.max(now, timing.lastWordAt + timing.pauseMs);
  timing.lastWordAt = timing.wordAt;
  timing.pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, 2 * timing.pauseMs));
}

function isDue({ running, dueAt, wordAt }: Timing, now: number): boolean {
  return !running && (dueAt <= now || (wordAt !== undefined && wordAt <= now));
}

/** A failed look is on record as a refused call, and is tried again sooner than the next check. */
async function succeeds({ recheck }: LooksParts, tenant: string, server: string): Promise<boolean> {
  try {
    return (await recheck(tenant, server)) === undefined;
  } catch {
    return false;
  }
}

function putOff(timing: Timing, good: boolean, now: number): void {
  timing.retryMs = good ? 0 : Math.min(longestRetryMs, Math.max(firstRetryMs, 2 * timing.retryMs));
  timing.dueAt = now + (good ? limits.driftCheckMs : timing.retryMs);
}
