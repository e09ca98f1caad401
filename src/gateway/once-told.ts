import { setTimeout as pause } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';

const againMs = 100;

/** Of a gateway that does not serve yet: it waits for control in any case. */
export async function onceTold<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || fault.code !== 'store/unavailable') throw fault;
      await pause(againMs);
    }
  }
}
