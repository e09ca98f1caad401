import { joinLabels, type Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { GatewayState } from './state.ts';
import type { Timer } from './streams/timer.ts';

const cachedTasks = 100_000;

/** When the store was asked: what it says is as old as that. */
export interface Asking {
  readonly era: number;
  /** How often all was forgotten before. */
  readonly turn: number;
  readonly at: number;
}

/** Delegated work carries what others of the same user and agent come to carry: also at a sole gateway. */
export type LabelsShared = 'alone' | 'delegated';

/** What of labels a gateway may act on, and from when on every other one does. */
export interface LabelCache {
  asking(): Asking;
  /** Whatever is known, however old: labels of a task only grow. */
  get(key: string): Labels | undefined;
  /** What may be acted on without a word to the store. */
  fresh(key: string, of: LabelsShared): Labels | undefined;
  /** One question for all calls that come while its answer would still be fresh. */
  shared(key: string, of: LabelsShared, ask: () => Promise<Labels>): Promise<Labels>;
  /** Answers all that is known now. */
  remember(key: string, labels: Labels, asked: Asking, of: LabelsShared): Labels;
  /** How long some gateway may still act without what is known here; undefined: nothing is known. */
  settlesIn(key: string): number | undefined;
  /** Delegated work has come to carry something: others may carry it from now on. */
  raisedBeside(): void;
}

interface Known {
  readonly of: LabelsShared;
  readonly labels: Labels;
  readonly askedAt: number;
  /** By then whatever others had read before these labels stood in the store is void. */
  readonly settledAt: number;
}

interface Question {
  readonly asked: Asking;
  readonly answer: Promise<Labels>;
}

/**
 * INVARIANT: nothing that was asked for in one era is remembered in another. A sole gateway remembers the tasks of
 * agents themselves for good, and so forgets them when delegated work comes to carry more.
 */
export function createLabelCache(state: GatewayState, timer: Pick<Timer, 'now'>): LabelCache {
  const known = createEraMap(state);
  const questions = new Map<string, Question>();
  const lease = limits.labelLeaseMs;
  let turn = 0;
  const isFresh = (at: number, of: LabelsShared): boolean =>
    (state.sole && of === 'alone') || timer.now() - at < lease;
  const asking = (): Asking => ({ era: state.era, turn, at: timer.now() });
  const isOfNow = (asked: Asking): boolean => asked.era === state.era && asked.turn === turn;
  /** Of several gateways each asks again anyway, before whoever raised it has told it. */
  const forget = (which: (one: Known) => boolean): void => {
    if (!state.sole) return;
    turn += 1;
    for (const [key, one] of known.of()) if (which(one)) known.of().delete(key);
  };
  return {
    asking,
    raisedBeside: () => forget(() => true),
    get: (key) => known.of().get(key)?.labels,
    fresh(key, of) {
      const one = known.of().get(key);
      return one !== undefined && isFresh(one.askedAt, of) ? one.labels : undefined;
    },
    shared(key, of, ask) {
      const open = questions.get(key);
      if (open !== undefined && isOfNow(open.asked) && isFresh(open.asked.at, of)) {
        return open.answer;
      }
      const question: Question = { asked: asking(), answer: ask() };
      questions.set(key, question);
      const ended = (): void => {
        if (questions.get(key) === question) questions.delete(key);
      };
      question.answer.then(ended, ended);
      return question.answer;
    },
    remember(key, labels, asked, of) {
      if (!isOfNow(asked)) return labels;
      const before = known.of().get(key);
      // INVARIANT: whichever answer arrives last, a label that was seen stays.
      const all = before === undefined ? labels : joinLabels(before.labels, labels);
      const isNew = before === undefined || all.length > before.labels.length;
      // It may be on the task that this answers to, which a sole gateway does not ask about again.
      if (of === 'delegated' && all.length > (before?.labels.length ?? 0)) {
        forget((one) => one.of === 'alone');
      }
      known.set(key, {
        of,
        labels: all,
        askedAt: Math.max(asked.at, before?.askedAt ?? asked.at),
        settledAt: isNew ? timer.now() + lease : before.settledAt,
      });
      return all;
    },
    settlesIn(key) {
      if (state.sole) return 0;
      const one = known.of().get(key);
      return one === undefined ? undefined : one.settledAt - timer.now();
    },
  };
}

function createEraMap(state: GatewayState) {
  const entries = new Map<string, Known>();
  let era = state.era;
  const of = (): Map<string, Known> => {
    if (era !== state.era) {
      entries.clear();
      era = state.era;
    }
    return entries;
  };
  const set = (key: string, one: Known): void => {
    of().delete(key);
    of().set(key, one);
    if (entries.size > cachedTasks) forgetOldest(entries);
  };
  return { of, set };
}

function forgetOldest(entries: Map<string, Known>): void {
  const oldest = entries.keys().next();
  if (oldest.done !== true) entries.delete(oldest.value);
}
