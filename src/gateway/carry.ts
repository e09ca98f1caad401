import type { Outcome } from '#kernel/call.ts';
import { type Ended, faultToRefusal, passOne } from './gates.ts';
import type { Stages } from './path.ts';
import type { AnsweredWhole, Lent, Stood } from './progress.ts';
import { carryStream } from './carry-stream.ts';
import { carryWhole } from './carry-whole.ts';
import type { Release } from './release.ts';

/** What comes after the gates: it is told and settled, or goes out and comes back by windows. */
export interface Carry {
  tell<Walk extends Stood>(walk: Walk, file: Teller<Walk>): Promise<Outcome | Ended>;
  out(walk: Lent, release: Release): Promise<Outcome | Ended>;
}

export interface Teller<Walk> {
  released(recordId: string, walk: Walk): Outcome;
}

export function createCarry(stages: Stages): Carry {
  return {
    async tell(walk, file) {
      const settled = await passOne('settle', stages.settle, walk);
      if (settled.kind === 'ended') return settled;
      try {
        return file.released(settled.walk.recordId, settled.walk);
      } catch (fault) {
        // It is on record already: what cannot be told is withheld, and nothing is written twice.
        return { kind: 'ended', at: 'settle', why: faultToRefusal(fault), walk: settled.walk };
      }
    },
    async out(walk, release) {
      const answered = await passOne('forward', stages.forward, walk);
      if (answered.kind === 'ended') return answered;
      const { answer } = answered.walk;
      if (answer.kind === 'stream') return carryStream(stages, walk, answer, release);
      // The same object, now that it is known: it is on the way of every call.
      return carryWhole(stages, answered.walk as AnsweredWhole);
    },
  };
}
