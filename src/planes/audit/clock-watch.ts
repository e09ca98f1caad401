import type { RecordDraft } from '#kernel/record.ts';
import { type Clock, clockJumpMs, isoTime } from '#kernel/time.ts';
import type { Recorder } from './door.ts';

/** The machine's clock was set, or the machine slept. */
export interface ClockJump {
  /** What it said at the look before, and at this one. */
  readonly before: number;
  readonly after: number;
  /** What went by between both, by the time that only grows. */
  readonly elapsedMs: number;
  /** Forward, or back where it is negative. */
  readonly byMs: number;
}

export interface ClockWatch {
  /** Resolves when what it found is on record. */
  look(): Promise<void>;
  /** The last one of this life. */
  last(): ClockJump | undefined;
}

/** Holds the machine's clock against the time that only grows. INVARIANT: each jump is on record once, later where it has to be. */
export function watchClock(parts: {
  /** What the machine says, and not what programs go by. */
  readonly machine: Clock;
  readonly recorder: Pick<Recorder, 'record' | 'writer'>;
  readonly tenant: string;
}): ClockWatch {
  const { machine, recorder, tenant } = parts;
  /** Undefined where the program was held up between the readings: then they say nothing of each other. */
  const read = () => {
    const monotonic = machine.monotonic();
    const wall = machine.now();
    return machine.monotonic() - monotonic > clockJumpMs / 4 ? undefined : { wall, monotonic };
  };
  let before = read();
  let last: ClockJump | undefined;
  const owed: ClockJump[] = [];
  /** By one alone: two that write what is owed would write the same. */
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    for (let jump = owed[0]; jump !== undefined; jump = owed[0]) {
      await recorder.record(jumpDraft(tenant, recorder.writer, jump));
      if (owed[0] === jump) owed.shift();
    }
  };
  return {
    async look() {
      const now = read();
      if (now === undefined) return;
      before ??= now;
      const elapsed = now.monotonic - before.monotonic;
      const byMs = Math.round(now.wall - before.wall - elapsed);
      if (Math.abs(byMs) > clockJumpMs) {
        last = { before: before.wall, after: now.wall, elapsedMs: Math.round(elapsed), byMs };
        owed.push(last);
        // A clock that is set all the time must not fill memory.
        if (owed.length > mostOwed) owed.shift();
      }
      before = now;
      // Also of what is read while another is written: a clock that is set and set back is two jumps.
      while (owed.length > 0) {
        writing ??= write().finally(() => (writing = undefined));
        await writing;
      }
    },
    last: () => last,
  };
}

const mostOwed = 100;

function jumpDraft(
  tenant: string,
  writer: string,
  { before, after, elapsedMs, byMs }: ClockJump,
): RecordDraft {
  return {
    type: 'clock.jumped',
    tenant,
    actors: [{ kind: 'system', name: writer }],
    details: { before: isoTime(before), after: isoTime(after), elapsedMs, byMs },
  };
}
