import { limits } from '#kernel/limits.ts';

export interface Silence {
  /** The program said that it lives; `isReady`: it has begun, and people wait for it. */
  heard(isReady: boolean): void;
  stop(): void;
}

/**
 * A program that says nothing for so long stands still: it is ended, and started again. What is
 * counted are beats of this supervisor, not time: one that stood still itself, with the whole
 * machine, has counted one beat and kills nobody. Until it is ready a program reads its code and compiles
 * all its documents in one breath, which takes long on a busy machine; ended then, it would begin anew and take as long again.
 */
export function watchSilence(
  end: () => void,
  every: (beat: () => void, ms: number) => { stop(): void } = everyMs,
  firstMs: number = limits.programSilentMs,
): Silence {
  let beats = 0;
  let mostMs = firstMs;
  const timer = every(() => {
    beats += 1;
    if (beats * limits.heartbeatMs < mostMs) return;
    timer.stop();
    end();
  }, limits.heartbeatMs);
  return {
    heard(isReady) {
      beats = 0;
      if (isReady) mostMs = limits.programSilentMs;
    },
    stop: () => timer.stop(),
  };
}

function everyMs(beat: () => void, ms: number): { stop(): void } {
  const timer = setInterval(beat, ms);
  return { stop: () => clearInterval(timer) };
}
