import type { SpokenWords } from '#contracts/spoken-words.ts';
import type { GatewayTasks } from '#contracts/task-book.ts';
import type { Principal } from '#kernel/principal.ts';
import { readSpoken, type UserWords } from '#planes/flow/index.ts';
import type { Timer } from './streams/timer.ts';

/** What users said in tasks, as the path reads it. */
export interface TaskWords {
  /** INVARIANT: words that cannot be had are no words: nothing is granted by them. */
  of(principal: Principal): UserWords | undefined | Promise<UserWords | undefined>;
  /** As they are kept now; a fault where they cannot be had. */
  now(principal: Principal): Promise<readonly SpokenWords[]>;
  forget(principal: Principal): void;
}

/** What is said by another way, or erased, is known here as soon. */
const keptMs = 1_000;
const mostTasks = 10_000;

interface Known {
  readonly spoken: UserWords | undefined;
  readonly at: number;
}

export function createTaskWords(tasks: GatewayTasks, timer: Pick<Timer, 'now'>): TaskWords {
  const known = new Map<string, Known>();
  const now = ({ tenant, task }: Principal) => tasks.words(tenant, task);
  const ask = async (principal: Principal): Promise<UserWords | undefined> => {
    const at = timer.now();
    try {
      const spoken = readSpoken(await now(principal));
      remember(known, keyOf(principal), { spoken, at });
      return spoken;
    } catch {
      return undefined;
    }
  };
  return {
    now,
    of(principal) {
      const one = known.get(keyOf(principal));
      const isFresh = one !== undefined && timer.now() - one.at < keptMs;
      return isFresh ? one.spoken : ask(principal);
    },
    forget: (principal) => void known.delete(keyOf(principal)),
  };
}

export function remember<Value>(all: Map<string, Value>, key: string, value: Value): void {
  all.delete(key);
  all.set(key, value);
  if (all.size <= mostTasks) return;
  const oldest = all.keys().next();
  if (oldest.done !== true) all.delete(oldest.value);
}

export function keyOf({ tenant, task }: Pick<Principal, 'tenant' | 'task'>): string {
  return `${tenant}\n${task}`;
}

/**
 * One piece of work, through however many hands. INVARIANT: what one of them reads the next one has read: a chain is judged
 * as if one agent did all of it.
 */
export function workOf({ tenant, task, delegation }: Principal): string {
  return `${tenant}\n${delegation?.root ?? task}`;
}
