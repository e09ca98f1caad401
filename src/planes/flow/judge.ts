import type { FlowFacts, FlowReason, FlowWhy, NamedValue } from '#kernel/decision.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { sinkValues } from './calls.ts';
import type { FlowQuestion } from './door.ts';
import { copiedIn } from './copied.ts';
import { doubtOf, namedBy } from './grounds.ts';
import type { OpenedSources } from './opened.ts';
import type { Asked } from './asked.ts';
import type { TaskIndex } from './task-index.ts';
import { isAskedFor } from './wanting.ts';
import { asksFor } from './words.ts';
import { Work } from './work.ts';

/** Whether it does something, or says something to somebody outside; nothing else is asked about. */
export function acts({ effect, flow }: Pick<ToolClass, 'effect' | 'flow'>): boolean {
  return effect !== 'read' || flow?.speaks === true;
}

/** More are not told. INVARIANT: where so many are, there may be others. */
export const mostReasons = 32;

/** What of a call may go by itself. INVARIANT: what was not looked into is not free. */
export function judgeCall(
  index: TaskIndex,
  question: FlowQuestion,
  opened: OpenedSources,
): FlowFacts {
  const { words, flow, untrusted } = question;
  // Nobody outside has written anything: whatever it does, nobody steers it.
  if (!acts(question) || !untrusted) return answerOf([], words !== undefined);
  if (words === undefined) return answerOf([aboutTheCall('no-words')], false);
  index.settle();
  const isWanted = isAskedFor(words.wanted, flow.deeds);
  const work = new Work(words, flow, flowBounds.work, opened);
  const asked: Asked = { question, words, index, isWanted, work };
  const { values, cut } = sinkValues(question.arguments, flow);
  const named: NamedValue[] = [];
  const doubts = values.flatMap((value) => {
    const doubt = doubtOf(asked, value);
    if (doubt !== undefined) return doubt;
    const by = named.length < mostReasons ? namedBy(asked, value) : undefined;
    if (by !== undefined) named.push({ argument: value.argument, words: by });
    return [];
  });
  const copied = copiedIn(asked);
  const reasons = [
    ...aboutTheDeed(asked),
    ...(cut || work.isSpent ? [aboutTheCall('too-much')] : []),
    ...doubts,
    ...copied,
  ];
  const known = words.statements.map(({ way, record }) => ({ way, record }));
  return { ...answerOf(worstFirst(reasons), true, isForbidden(question)), words: known, named };
}

function aboutTheDeed({ words, isWanted, question, index }: Asked): readonly FlowReason[] {
  const reasons: FlowReason[] = [];
  if (!isWanted) {
    reasons.push(aboutTheCall(isForbidden(question) ? 'unwanted' : 'not-asked'));
  }
  if (question.effect !== 'read' && mayBeAgain(question, index) && !words.repeats)
    reasons.push(aboutTheCall('again'));
  return reasons;
}

/** INVARIANT: what is not known not to have been done may have been. */
function mayBeAgain(question: FlowQuestion, index: TaskIndex): boolean {
  return question.missing === true || !index.knowsDeeds || index.hasDone(question);
}

/** INVARIANT: nothing is refused for good whose deed stands not right behind a no: what is only named beside one waits. */
function isForbidden({ words, flow }: FlowQuestion): boolean {
  return words !== undefined && asksFor({ words: words.forbidden }, flow.deeds);
}

const order: readonly FlowWhy[] = [
  'unwanted',
  'too-much',
  'stranger',
  'several',
  'unproved',
  'not-asked',
  'again',
  'no-words',
];

function worstFirst(reasons: readonly FlowReason[]): readonly FlowReason[] {
  return reasons
    .toSorted((a, b) => order.indexOf(a.why) - order.indexOf(b.why))
    .slice(0, mostReasons);
}

export function answerOf(
  reasons: readonly FlowReason[],
  intent: boolean,
  forbidden = false,
): FlowFacts {
  const said = <T extends string>(all: readonly (T | undefined)[]): readonly T[] =>
    [...new Set(all.filter((one) => one !== undefined))].sort();
  const isNo = forbidden && reasons.some(({ why }) => why === 'unwanted');
  return {
    verdict: isNo ? 'no' : reasons.length > 0 ? 'step-up' : 'auto',
    intent,
    kinds: said(reasons.map(({ kind }) => kind)),
    whys: said(reasons.map(({ why }) => why)),
    origins: said(reasons.map(({ origin }) => origin?.target)),
    reasons,
  };
}

function aboutTheCall(why: FlowWhy): FlowReason {
  return {
    why,
    argument: undefined,
    kind: undefined,
    origin: undefined,
    form: undefined,
    lookAlike: false,
    beside: 0,
  };
}
