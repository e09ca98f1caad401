import { randomBytes } from 'node:crypto';
import { alone, type Fellows, type QuestionName, type TakenQuestion } from '#contracts/fellows.ts';
import type { Refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { createLettingGo } from './let-go.ts';
import type { Dropped, ParkedCall, ParkedRules } from './parked.ts';

/** Of whom, and about which call. */
export type Asker = Omit<QuestionName, 'handle'>;

/** What was asked, until its caller calls again with the handle. */
export interface Question {
  readonly by: Asker;
  /** What its server gave along, for the next request to it. */
  readonly state: string | undefined;
  /** A request that is still open, and goes on with the replies. */
  readonly parked: ParkedCall | undefined;
}

/**
 * Questions by handle. INVARIANT: a handle is good once, for the same caller, task, target and
 * arguments, at whichever gateway; nothing of it can be made up, and what its server gave along never
 * leaves the gateway that keeps it but to another one.
 */
export interface Questions {
  /** Undefined when too many are open. */
  keep(question: Question): string | undefined;
  take(by: Asker, handle: string): Promise<Pick<Question, 'state' | 'parked'> | undefined>;
  /** Nobody was told this handle. */
  forget(handle: string): void;
  /** For the other gateways of the listener. What is still open here can go on only here. */
  readonly takeHere: (name: QuestionName) => TakenQuestion;
  /** Lets go of what may not stay parked any more. */
  look(): void;
  close(): Promise<void>;
}

interface Kept extends Question {
  readonly timer: NodeJS.Timeout;
}

/** Of questions whose requests nobody judges and nobody tells of. */
const noRules: ParkedRules = { judge: () => undefined, dropped: () => Promise.resolve() };

export function createQuestions(
  { index, others }: Pick<Fellows, 'index' | 'others'> = alone,
  rules: ParkedRules = noRules,
  keepMs: number = limits.askReplyMs,
): Questions {
  const kept = new Map<string, Kept>();
  const watch = createWatch(() => questions.look());
  const leaving = createLettingGo(rules, watch);
  const remove = (handle: string): Kept | undefined => {
    const one = kept.get(handle);
    if (one === undefined) return undefined;
    kept.delete(handle);
    clearTimeout(one.timer);
    if (one.parked !== undefined) watch.less();
    return one;
  };
  const takeOwn = (name: QuestionName): Kept | undefined => {
    const one = kept.get(name.handle);
    return one === undefined || !isSame(one.by, name) ? undefined : remove(name.handle);
  };
  const drop = (handle: string, why: Dropped['why'], no?: Refusal): void =>
    leaving.begin(remove(handle)?.parked, why, no);
  const questions: Questions = {
    keep(question) {
      if (!hasRoomFor(question, kept)) return undefined;
      const handle = `${index}.${randomBytes(16).toString('base64url')}`;
      const timer = setTimeout(() => drop(handle, 'time'), keepMs);
      timer.unref();
      kept.set(handle, { ...question, timer });
      if (question.parked !== undefined) watch.more();
      return handle;
    },
    async take(by, handle) {
      const [name, keeper] = [{ ...by, handle }, keeperOf(handle)];
      if (keeper === index) return takeOwn(name);
      const other = others.find((one) => one.index === keeper);
      const taken = await other?.ask.takeQuestion(name);
      return taken?.found === true ? { state: taken.state, parked: undefined } : undefined;
    },
    forget: (handle) => void remove(handle),
    takeHere(name) {
      const isParked = kept.get(name.handle)?.parked !== undefined;
      const one = isParked ? undefined : takeOwn(name);
      return one === undefined ? { found: false } : found(one);
    },
    look() {
      for (const [handle, { parked }] of kept) {
        const no = parked === undefined ? undefined : rules.judge(parked);
        if (no !== undefined) drop(handle, 'stop', no);
      }
      leaving.look();
    },
    close() {
      for (const handle of kept.keys()) drop(handle, 'shutdown');
      return leaving.close();
    },
  };
  return questions;
}

function hasRoomFor({ by }: Question, kept: ReadonlyMap<string, Kept>): boolean {
  const own = [...kept.values()].filter((one) => one.by.instance === by.instance);
  return own.length < limits.asksOpen && kept.size < limits.asksOpenInAll;
}

function keeperOf(handle: string): number {
  return Number(handle.slice(0, Math.max(0, handle.indexOf('.'))));
}

function found({ state }: Question): TakenQuestion {
  return { found: true, ...(state === undefined ? {} : { state }) };
}

/** Looks as often as a silent stream is looked at, and only while there is something to look at. */
function createWatch(look: () => void) {
  let parked = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    more() {
      parked += 1;
      timer ??= setInterval(look, limits.windowMs).unref();
    },
    less() {
      parked -= 1;
      if (parked > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function isSame(one: Asker, other: Asker): boolean {
  return (
    one.tenant === other.tenant &&
    one.instance === other.instance &&
    one.task === other.task &&
    one.target === other.target &&
    one.argumentsDigest === other.argumentsDigest
  );
}
