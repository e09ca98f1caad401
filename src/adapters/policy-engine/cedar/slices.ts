import { setImmediate as turn } from 'node:timers/promises';
import { limits } from '#kernel/limits.ts';

/** Long work in small steps: whoever runs it decides when others get their turn. */
export type Steps<Made> = Generator<undefined, Made, undefined>;

export interface SliceParts {
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  /** Lets everything else have its turn. */
  readonly pause?: () => Promise<unknown>;
}

/** INVARIANT: no slice goes on for longer than `policySliceMs` and one step, so that calls go on. */
export async function runInSlices<Made>(steps: Steps<Made>, parts: SliceParts = {}): Promise<Made> {
  const now = parts.now ?? (() => performance.now());
  const pause = parts.pause ?? (() => turn());
  for (;;) {
    const until = now() + limits.policySliceMs;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (now() < until);
    await pause();
  }
}

/** For whoever has no loop to keep free. */
export function runNow<Made>(steps: Steps<Made>): Made {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
