import type { LabelBook } from '#contracts/label-book.ts';
import type { Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import { actorChain, type Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { isSurelyCurrent } from './current-task.ts';
import { sessionOf } from './drafts.ts';
import { createLabelCache, type LabelsShared } from './label-cache.ts';
import type { GatewayState } from './state.ts';
import { systemTimer, type Timer } from './streams/timer.ts';

type Worker = Pick<Principal, 'tenant' | 'task' | 'delegation'>;

/**
 * Labels of tasks as the path sees them. A sole gateway has seen every raise since it is alone and
 * may answer from memory. With several another may have raised one, so what was read is good for
 * `labelLeaseMs`, and whoever tells what comes with a label first waits as long as that from the
 * moment that it saw the label in the store: by then no gateway acts without it. What was remembered
 * before the last change of who serves is forgotten. Delegated work is leased at a sole gateway too: what begins
 * beside it is not told here.
 */
export interface TaskLabelCache {
  of(principal: Worker): Labels | Promise<Labels>;
  /**
   * Undefined when every gateway acts on them already; otherwise they are on record and durable, and
   * every gateway acts on them, before it resolves.
   */
  raise(principal: Principal, labels: Labels, source: string): Promise<undefined> | undefined;
}

export interface TaskLabelParts {
  readonly book: LabelBook;
  readonly state: GatewayState;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly clock: Clock;
  readonly timer?: Timer;
}

export function createTaskLabels(parts: TaskLabelParts): TaskLabelCache {
  const { book, state, clock, timer = systemTimer } = parts;
  const cache = createLabelCache(state, timer);
  const read = async (of: Worker): Promise<Labels> => {
    const asked = cache.asking();
    const { labels } = await book.read(of.tenant, of.task);
    return cache.remember(keyOf(of), labels, asked, sharedBy(of));
  };
  /**
   * INVARIANT: what comes with a label is told only when no gateway acts without it any more. Where who
   * serves has changed meanwhile nothing is known, and a whole lease is waited for.
   */
  const untilAllActOnIt = async (key: string): Promise<undefined> => {
    let left = cache.settlesIn(key) ?? limits.labelLeaseMs;
    while (left > 0) {
      const wait = left;
      await new Promise<void>((resolve) => void timer.after(wait, resolve));
      left = cache.settlesIn(key) ?? 0;
    }
    return undefined;
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
    const key = keyOf(principal);
    const known = cache.get(key);
    const carried = known !== undefined && isIn(labels, known) ? known : await read(principal);
    const added = labels.filter((label) => !carried.includes(label));
    if (added.length > 0) {
      await parts.recorder.record(raisedDraft(principal, { carried, added, source }));
    }
    const asked = cache.asking();
    const raised = await book.raise(tenant, { task, session }, labels, source);
    if (sharedBy(principal) === 'delegated') cache.raisedBeside();
    cache.remember(key, raised.labels, asked, sharedBy(principal));
    return undefined;
  };
  const inTurn = createTurns();
  return {
    of(principal) {
      const key = keyOf(principal);
      const shared = sharedBy(principal);
      return cache.fresh(key, shared) ?? cache.shared(key, shared, () => read(principal));
    },
    raise(principal, labels, source) {
      if (labels.length === 0) return undefined;
      const key = keyOf(principal);
      const known = cache.get(key);
      // INVARIANT: once a task may be over, the store is asked, and raises nothing in it: what it
      // carried is not told to whoever begins anew.
      const isThere =
        known !== undefined &&
        isIn(labels, known) &&
        isSurelyCurrent(state, principal, clock.monotonic());
      if (isThere && (cache.settlesIn(key) ?? 0) <= 0) return undefined;
      if (isThere) return untilAllActOnIt(key);
      return inTurn(key, () => raise(principal, labels, source)).then(() => untilAllActOnIt(key));
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

function sharedBy({ delegation }: Worker): LabelsShared {
  return delegation === undefined ? 'alone' : 'delegated';
}

function keyOf({ tenant, task }: Worker): string {
  return `${tenant}\n${task}`;
}
