import { randomBytes } from 'node:crypto';
import { alone, type Fellows, type QuestionName, type TakenQuestion } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import type { Conversation } from './conversation.ts';

/** Of whom, and about which call. */
export type Asker = Omit<QuestionName, 'handle'>;

/** What was asked, until its caller calls again with the handle. */
export interface Question {
  readonly by: Asker;
  /** What its server gave along, for the next request to it. */
  readonly state: string | undefined;
  /** A request that is still open, and goes on with the replies. */
  readonly parked: Conversation | undefined;
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
  /** For the other gateways of the listener. What is still open here can go on only here. */
  readonly takeHere: (name: QuestionName) => TakenQuestion;
}

interface Kept extends Question {
  readonly timer: NodeJS.Timeout;
}

export function createQuestions(
  { index, others }: Pick<Fellows, 'index' | 'others'> = alone,
  keepMs: number = limits.askReplyMs,
): Questions {
  const kept = new Map<string, Kept>();
  const takeOwn = (name: QuestionName): Kept | undefined => {
    const one = kept.get(name.handle);
    if (one === undefined || !isSame(one.by, name)) return undefined;
    kept.delete(name.handle);
    clearTimeout(one.timer);
    return one;
  };
  const forget = (handle: string): void => {
    kept.get(handle)?.parked?.giveUp();
    kept.delete(handle);
  };
  return {
    keep(question) {
      const own = [...kept.values()].filter(({ by }) => by.instance === question.by.instance);
      if (own.length >= limits.asksOpen || kept.size >= limits.asksOpenInAll) return undefined;
      const handle = `${index}.${randomBytes(16).toString('base64url')}`;
      const timer = setTimeout(forget, keepMs, handle);
      timer.unref();
      kept.set(handle, { ...question, timer });
      return handle;
    },
    async take(by, handle) {
      const name = { ...by, handle };
      const keeper = Number(handle.slice(0, Math.max(0, handle.indexOf('.'))));
      if (keeper === index) return takeOwn(name);
      const other = others.find((one) => one.index === keeper);
      if (other === undefined) return undefined;
      const { found, state } = await other.ask.takeQuestion(name);
      return found ? { state, parked: undefined } : undefined;
    },
    takeHere(name) {
      if (kept.get(name.handle)?.parked !== undefined) return { found: false };
      const one = takeOwn(name);
      if (one === undefined) return { found: false };
      return { found: true, ...(one.state === undefined ? {} : { state: one.state }) };
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
