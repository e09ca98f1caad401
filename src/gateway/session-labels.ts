import type { LabelBook } from '#contracts/label-book.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import { actorChain, type Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { isSurelyCurrent } from './current-task.ts';
import { sessionOf } from './drafts.ts';
import type { GatewayState } from './state.ts';

const cachedTasks = 100_000;

/**
 * Labels of tasks as the path sees them. A sole gateway has seen every raise since it is alone and
 * may answer from memory; with several, each call reads the store, because another gateway may have
 * raised one. What was remembered before the last change of who serves is forgotten.
 */
export interface TaskLabelCache {
  of(tenant: string, task: string): Labels | Promise<Labels>;
  /** Undefined when they were there already; otherwise on record and durable before it resolves. */
  raise(principal: Principal, labels: Labels, source: string): Promise<undefined> | undefined;
}

export interface TaskLabelParts {
  readonly book: LabelBook;
  readonly state: GatewayState;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly clock: Clock;
}

export function createTaskLabels(parts: TaskLabelParts): TaskLabelCache {
  const { book, state, clock } = parts;
  const cache = createEraCache(state);
  const read = async (tenant: string, task: string): Promise<Labels> => {
    const { era } = state;
    const { labels } = await book.read(tenant, task);
    return cache.remember(keyOf(tenant, task), labels, era);
  };
  /**
   * INVARIANT: what a task comes to carry is on record first, and what cannot be recorded is not
   * raised: the text that would have raised it is withheld. Of two gateways that raise the same at
   * once each may say so; a record whose task ended meanwhile is followed by a refused call.
   */
  const raise = async (
    principal: Principal,
    labels: Labels,
    source: string,
  ): Promise<undefined> => {
    const { tenant, task, session } = principal;
    const key = keyOf(tenant, task);
    const known = cache.get(key);
    const carried = known !== undefined && isIn(labels, known) ? known : await read(tenant, task);
    const added = labels.filter((label) => !carried.includes(label));
    if (added.length > 0) {
      await parts.recorder.record(raisedDraft(principal, { carried, added, source }));
    }
    const { era } = state;
    const raised = await book.raise(tenant, { task, session }, labels, source);
    cache.remember(key, raised.labels, era);
    return undefined;
  };
  const inTurn = createTurns();
  return {
    of(tenant, task) {
      const known = state.sole ? cache.get(keyOf(tenant, task)) : undefined;
      return known ?? read(tenant, task);
    },
    raise(principal, labels, source) {
      if (labels.length === 0) return undefined;
      const { tenant, task } = principal;
      const known = cache.get(keyOf(tenant, task));
      // INVARIANT: once a task may be over, the store is asked, and raises nothing in it: what it
      // carried is not told to whoever begins anew.
      if (
        known !== undefined &&
        isIn(labels, known) &&
        isSurelyCurrent(state, principal, clock.monotonic())
      ) {
        return undefined;
      }
      return inTurn(keyOf(tenant, task), () => raise(principal, labels, source));
    },
  };
}

function isIn(labels: Labels, all: Labels): boolean {
  return labels.every((label) => all.includes(label));
}

interface Raise {
  readonly carried: Labels;
  readonly added: Labels;
  readonly source: string;
}

function raisedDraft(principal: Principal, { carried, added, source }: Raise): RecordDraft {
  return {
    type: 'label.raised',
    tenant: principal.tenant,
    actors: actorChain(principal),
    ...sessionOf(principal),
    labels: { in: carried, out: added },
    details: { source },
  };
}

type Turns = <T>(key: string, act: () => Promise<T>) => Promise<T>;

/** One raise of a task after the other: of calls that end together one raises, and says so. */
function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act, act);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
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
