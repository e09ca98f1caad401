import type { Refusal } from '#kernel/errors.ts';
import type { Dropped, ParkedCall, ParkedRules } from './parked.ts';

/** One that is let go of. */
interface Leaving {
  readonly parked: ParkedCall;
  why: Dropped['why'];
  no: Refusal | undefined;
}

/** Requests that are parked no more, and of which it is not yet known what came of them. */
export interface LettingGo {
  /** Undefined was parked nowhere. */
  begin(parked: ParkedCall | undefined, why: Dropped['why'], no: Refusal | undefined): void;
  look(): void;
  /** INVARIANT: all of them are on record before the recorder is closed. */
  close(): Promise<void>;
}

/** Is told for how long there is something to look at. */
interface Counting {
  more(): void;
  less(): void;
}

export function createLettingGo(rules: ParkedRules, counting: Counting): LettingGo {
  const leaving = new Map<Leaving, Promise<void>>();
  return {
    begin(parked, why, no) {
      if (parked === undefined) return;
      const one: Leaving = { parked, why, no };
      counting.more();
      const done = letGo(one, rules).finally(() => {
        leaving.delete(one);
        counting.less();
      });
      leaving.set(one, done);
    },
    look() {
      for (const one of leaving.keys()) stopIf(one, rules);
    },
    async close() {
      // Those whose time was up have no moment more.
      for (const { why, parked } of leaving.keys()) {
        if (why === 'time') parked.conversation.giveUp();
      }
      await Promise.all(leaving.values());
    },
  };
}

async function letGo(one: Leaving, rules: ParkedRules): Promise<void> {
  const { parked } = one;
  const effect = await parked.conversation.drop(one.why !== 'time');
  await rules.dropped(parked, { effect, why: one.why, code: one.no?.code });
}

/** INVARIANT: a stop reaches also what has a moment yet to end by itself: the moment is over then. */
function stopIf(one: Leaving, rules: ParkedRules): void {
  const no = one.why === 'time' ? rules.judge(one.parked) : undefined;
  if (no === undefined) return;
  one.why = 'stop';
  one.no = no;
  one.parked.conversation.giveUp();
}
