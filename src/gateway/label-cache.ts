import { joinLabels, type Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { GatewayState } from './state.ts';
import type { Timer } from './streams/timer.ts';

const cachedTasks = 100_000;

/** When the store was asked: what it says is as old as that. */
export interface Asking {
  readonly era: number;
  readonly at: number;
}

/** What of labels a gateway may act on, and from when on every other one does. */
export interface LabelCache {
  asking(): Asking;
  /** Whatever is known, however old: labels of a task only grow. */
  get(key: string): Labels | undefined;
  /** What may be acted on without a word to the store. */
  fresh(key: string): Labels | undefined;
  /** One question for all calls that come while its answer would still be fresh. */
  shared(key: string, ask: () => Promise<Labels>): Promise<Labels>;
  /** Answers all that is known now. */
  remember(key: string, labels: Labels, asked: Asking): Labels;
  /** How long some gateway may still act without what is known here; undefined: nothing is known. */
  settlesIn(key: string): number | undefined;
}

interface Known {
  readonly labels: Labels;
  readonly askedAt: number;
  /** By then whatever others had read before these labels stood in the store is void. */
  readonly settledAt: number;
}

interface Question {
  readonly asked: Asking;
  readonly answer: Promise<Labels>;
}

/** INVARIANT: nothing that was asked for in one era is remembered in another. */
export function createLabelCache(state: GatewayState, timer: Pick<Timer, 'now'>): LabelCache {
  const known = createEraMap(state);
  const questions = new Map<string, Question>();
  const lease = limits.labelLeaseMs;
  const isFresh = (at: number): boolean => state.sole || timer.now() - at < lease;
  const asking = (): Asking => ({ era: state.era, at: timer.now() });
  return {
    asking,
    get: (key) => known.of().get(key)?.labels,
    fresh(key) {
      const one = known.of().get(key);
      return one !== undefined && isFresh(one.askedAt) ? one.labels : undefined;
    },
    shared(key, ask) {
      const open = questions.get(key);
      if (open?.asked.era === state.era && isFresh(open.asked.at)) return open.answer;
      const question: Question = { asked: asking(), answer: ask() };
      questions.set(key, question);
      const ended = (): void => {
        if (questions.get(key) === question) questions.delete(key);
      };
      question.answer.then(ended, ended);
      return question.answer;
    },
    remember(key, labels, asked) {
      if (asked.era !== state.era) return labels;
      const before = known.of().get(key);
      // INVARIANT: whichever answer arrives last, a label that was seen stays.
      const all = before === undefined ? labels : joinLabels(before.labels, labels);
      const isNew = before === undefined || all.length > before.labels.length;
      known.set(key, {
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
