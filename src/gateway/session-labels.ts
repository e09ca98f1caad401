import type { LabelBook } from '#contracts/label-book.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { isSurelyCurrent } from './current-task.ts';
import type { GatewayState } from './state.ts';

const cachedTasks = 100_000;

/**
 * Labels of tasks as the path sees them. A sole gateway has seen every raise since it is alone and
 * may answer from memory; with several, each call reads the store, because another gateway may have
 * raised one. What was remembered before the last change of who serves is forgotten.
 */
export interface TaskLabelCache {
  of(tenant: string, task: string): Labels | Promise<Labels>;
  /** Undefined when they were there already; otherwise durable before it resolves. */
  raise(principal: Principal, labels: Labels, source: string): Promise<undefined> | undefined;
}

export interface TaskLabelParts {
  readonly book: LabelBook;
  readonly state: GatewayState;
  readonly clock: Clock;
}

export function createTaskLabels({ book, state, clock }: TaskLabelParts): TaskLabelCache {
  const cache = createEraCache(state);
  const read = async (tenant: string, task: string): Promise<Labels> => {
    const { era } = state;
    const { labels } = await book.read(tenant, task);
    return cache.remember(keyOf(tenant, task), labels, era);
  };
  return {
    of(tenant, task) {
      const known = state.sole ? cache.get(keyOf(tenant, task)) : undefined;
      return known ?? read(tenant, task);
    },
    raise(principal, labels, source) {
      if (labels.length === 0) return undefined;
      const { tenant, task, session } = principal;
      const known = cache.get(keyOf(tenant, task));
      // INVARIANT: once a task may be over, the store is asked, and raises nothing in it: what it
      // carried is not told to whoever begins anew.
      if (
        labels.every((label) => known?.includes(label) === true) &&
        isSurelyCurrent(state, principal, clock.monotonic())
      ) {
        return undefined;
      }
      const { era } = state;
      return book.raise(tenant, { task, session }, labels, source).then((raised) => {
        cache.remember(keyOf(tenant, task), raised.labels, era);
        return undefined;
      });
    },
  };
}

interface EraCache {
  get(key: string): Labels | undefined;
  /** `era`: when it was asked for. Answers all that is known now. */
  remember(key: string, labels: Labels, era: number): Labels;
}

/** INVARIANT: nothing that was asked for in one era is remembered in another. */
function createEraCache(state: GatewayState): EraCache {
  const cache = new Map<string, Labels>();
  let cachedEra = state.era;
  const current = (): Map<string, Labels> => {
    if (cachedEra !== state.era) {
      cache.clear();
      cachedEra = state.era;
    }
    return cache;
  };
  return {
    get: (key) => current().get(key),
    remember(key, labels, era) {
      if (era !== state.era) return labels;
      // INVARIANT: whichever answer arrives last, a label that was seen stays.
      const known = current().get(key);
      const all = known === undefined ? labels : joinLabels(known, labels);
      cache.delete(key);
      cache.set(key, all);
      if (cache.size > cachedTasks) forgetOldest(cache);
      return all;
    },
  };
}

function keyOf(tenant: string, task: string): string {
  return `${tenant}\n${task}`;
}

function forgetOldest(cache: Map<string, Labels>): void {
  const oldest = cache.keys().next();
  if (oldest.done !== true) cache.delete(oldest.value);
}
