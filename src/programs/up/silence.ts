import { limits } from '#kernel/limits.ts';

export interface Silence {
  /** The program said that it lives. */
  heard(): void;
  stop(): void;
}

/**
 * A program that says nothing for so long stands still: it is ended, and started again. What is
 * counted are beats of this supervisor, not time: one that stood still itself, with the whole
 * machine, has counted one beat and kills nobody.
 */
export function watchSilence(
  end: () => void,
  every: (beat: () => void, ms: number) => { stop(): void } = everyMs,
): Silence {
  let beats = 0;
  const timer = every(() => {
    beats += 1;
    if (beats * limits.heartbeatMs < limits.programSilentMs) return;
    timer.stop();
    end();
  }, limits.heartbeatMs);
  return {
    heard: () => void (beats = 0),
    stop: () => timer.stop(),
  };
}

function everyMs(beat: () => void, ms: number): { stop(): void } {
  const timer = setInterval(beat, ms);
  return { stop: () => clearInterval(timer) };
}
