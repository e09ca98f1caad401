import type { Fellows } from '#contracts/fellows.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { ToldRecords } from '#contracts/told-records.ts';
import type { Principal } from '#kernel/principal.ts';
import { createTurns } from '#kernel/turns.ts';
import type { FlowMemory } from '#planes/flow/index.ts';
import type { OwnTold } from './last-told.ts';
import type { GatewayState } from './state.ts';
import type { Timer } from './streams/timer.ts';
import { keyOf } from './task-words.ts';
import { type KnownOfTask, type Relearning, relearning } from './relearning.ts';

/** What a task was told before this gateway knew of it, or beside it: learnt again when somebody asks what acts. */
export interface TaskPast {
  bring(principal: Principal, configuration: Configuration): Promise<KnownOfTask>;
  /** Something was told here that was not learnt: it is read again. */
  forget(principal: Pick<Principal, 'tenant' | 'task'>): void;
  /** Something is about to be told in work that came out of another task. */
  cameOutOf(principal: Principal, root: string): void;
}

export interface TaskPastParts {
  readonly memory: FlowMemory;
  readonly told: ToldRecords;
  readonly own: Pick<OwnTold, 'lastTold' | 'cameOutOf'>;
  readonly fellows: Pick<Fellows, 'count' | 'others'>;
  readonly state: Pick<GatewayState, 'serving' | 'era'>;
  readonly timer: Timer;
}

/** A record that was made a moment ago is in no log yet; so long it is waited for, and so often asked. */
const patienceMs = 3_000;
const askAgainMs = 100;
/** Of two gateways one may have made its record before the other, and written it after. */
const slackMs = 60_000;
/** So many tasks are read at once; whoever comes then waits. */
const mostAtOnce = 4;
const mostKnown = 10_000;
/** After a reading in vain so long nobody waits for another one. */
const restMs = 5_000;
/** A task of more than so many pages of records, or that takes longer, is not read whole. */
const mostPages = 64;
const longestReadMs = 10_000;

interface Known {
  readonly era: number;
  readonly age: number;
  readonly of: KnownOfTask;
  /** By fellow: the last that it told, as far as it was read. */
  readonly marks: Marks;
  readonly relearning: Relearning;
}

/** The last record of each of the others. */
type Marks = ReadonlyMap<number, string | null>;

/**
 * INVARIANT: what is said to be known was read from logs that were looked through to their signed ends, up to the last word
 * that every gateway which serves says it told; while any of them does not answer, something may be missing.
 */
export function createTaskPast(parts: TaskPastParts): TaskPast {
  const known = new Map<string, Known>();
  const failed = new Map<string, number>();
  const turns = createTurns();
  const room = createRoom(mostAtOnce, parts.timer);
  return {
    bring(principal, configuration) {
      const key = keyOf(principal);
      // One after the other: who came later may ask for what was told since.
      return turns.take(key, async () => {
        const before = known.get(key);
        const isTried = parts.timer.now() < (failed.get(key) ?? -restMs) + restMs;
        const bringing = { principal, configuration, key, before, isTried };
        const found = await broughtUp(parts, room, bringing);
        if (found !== before) known.delete(key);
        if (found === undefined) keep(failed, key, parts.timer.now());
        else keep(known, key, found);
        return found?.of ?? 'part';
      });
    },
    forget: (of) => void known.delete(keyOf(of)),
    cameOutOf: ({ tenant, task }, root) => parts.own.cameOutOf({ tenant, task }, root),
  };
}

function keep<Value>(all: Map<string, Value>, key: string, value: Value): void {
  all.delete(key);
  all.set(key, value);
  const [oldest] = all.size > mostKnown ? all.keys() : [];
  if (oldest !== undefined) all.delete(oldest);
}

interface Bringing {
  readonly principal: Principal;
  readonly configuration: Configuration;
  readonly key: string;
  readonly before: Known | undefined;
  /** In vain, a moment ago: nothing is waited for. */
  readonly isTried: boolean;
}

/** Undefined: something may be missing. */
async function broughtUp(
  parts: TaskPastParts,
  room: Room,
  { principal, configuration, key, before, isTried }: Bringing,
): Promise<Known | undefined> {
  const { state, memory } = parts;
  const { era } = state;
  const isGoingOn = before?.era === era && before.age === memory.ageOf(key);
  const marks = await marksOf(parts, principal);
  if (marks === undefined || state.era !== era) return undefined;
  const changed = [...marks].filter(([index, id]) => !isGoingOn || before.marks.get(index) !== id);
  if (isGoingOn && changed.length === 0) return before;
  const age = isGoingOn ? before.age : memory.resume(key);
  const again = isGoingOn ? before.relearning : relearning(memory, key);
  const { tenant, task } = principal;
  // What this gateway tells it learns by itself, but for what it told while no document asked for it.
  const mine = isGoingOn ? { record: null, isKnown: true } : parts.own.lastTold({ tenant, task });
  if (!mine.isKnown) return undefined;
  const wanted = [...changed.map(([, id]) => id), mine.record].filter((id) => id !== null);
  const ask = { tenant, task, configuration, wanted, patienceMs: isTried ? 0 : patienceMs };
  const isRead = await readUntil(parts, room, again, ask).catch(() => false);
  if (!isRead || state.era !== era || again.began === 'part') return undefined;
  // INVARIANT: what was dropped to make room while it was read is not known.
  if (!memory.caughtUp(key, age)) return undefined;
  return { era, age, of: again.began, marks, relearning: again };
}

/** INVARIANT: undefined unless every gateway that serves is among those that are asked, and answers. */
async function marksOf(
  { fellows, state }: TaskPastParts,
  { tenant, task }: Principal,
): Promise<Marks | undefined> {
  if (state.serving !== fellows.count) return undefined;
  try {
    const asked = fellows.others.map(async (other) => {
      const { record, isKnown } = await other.ask.lastTold({ tenant, task });
      return isKnown ? ([other.index, record] as const) : undefined;
    });
    const answers = await Promise.all(asked);
    const all = answers.filter((answer) => answer !== undefined);
    return all.length === answers.length ? new Map(all) : undefined;
  } catch {
    return undefined;
  }
}

interface ReadAsk {
  readonly tenant: string;
  readonly task: string;
  readonly configuration: Configuration;
  readonly wanted: readonly string[];
  readonly patienceMs: number;
}

/**
 * Reads until all that is wanted was met in logs that are whole, within bounds of time. INVARIANT: whoever waits for a place waits
 * no longer than for the log, and keeps none while there is nothing to read.
 */
async function readUntil(
  parts: TaskPastParts,
  room: Room,
  again: Relearning,
  ask: ReadAsk,
): Promise<boolean> {
  const { timer } = parts;
  const until = timer.now() + ask.patienceMs;
  for (;;) {
    const isRead = await room(until, () => readOnce(parts, again, ask));
    if (isRead === true && again.openActs === 0) return true;
    if (isRead === undefined || timer.now() >= until) return false;
    await new Promise<void>((resolve) => void timer.after(askAgainMs, resolve));
  }
}

/** INVARIANT: false where any page of it was not whole, or where there is more than is read at once. */
async function readOnce(
  { told, timer }: TaskPastParts,
  again: Relearning,
  { tenant, task, configuration, wanted }: ReadAsk,
): Promise<boolean> {
  const missing = new Set(wanted);
  const since = Math.max(0, again.readTo - slackMs);
  const until = timer.now() + longestReadMs;
  let isWhole = true;
  let after: string | undefined;
  for (let pages = 0; pages < mostPages && timer.now() < until; pages += 1) {
    const page = await told.of({ tenant, task, since, after });
    isWhole &&= page.isWhole;
    for (const record of page.records) {
      missing.delete(record.id);
      again.take(record, configuration);
    }
    after = page.next;
    if (after === undefined) return isWhole && missing.size === 0;
  }
  return false;
}

/** Undefined: there was no place until then. */
type Room = <Result>(until: number, act: () => Promise<Result>) => Promise<Result | undefined>;

function createRoom(most: number, timer: Timer): Room {
  let taken = 0;
  const waiting = new Set<(isMine: boolean) => void>();
  const place = (until: number): Promise<boolean> =>
    new Promise((resolve) => {
      const take = (isMine: boolean): void => {
        if (waiting.delete(take)) resolve(isMine);
      };
      waiting.add(take);
      timer.after(Math.max(0, until - timer.now()), () => take(false));
    });
  return async (until, act) => {
    if (taken < most) taken += 1;
    else if (!(await place(until))) return undefined;
    try {
      return await act();
    } finally {
      const [next] = waiting;
      if (next === undefined) taken -= 1;
      else next(true);
    }
  };
}
