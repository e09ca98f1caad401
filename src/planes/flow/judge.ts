import type { FlowFacts, FlowReason, FlowWhy } from '#kernel/decision.ts';
import type { SinkKind } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import type { FlowQuestion } from './door.ts';
import { type Asked, doubtOf } from './grounds.ts';
import { leavesOf } from './leaves.ts';
import type { TaskIndex } from './task-index.ts';
import { type SinkValue, valuesIn } from './values.ts';
import { asksFor } from './words.ts';
import { Work } from './work.ts';

/** What of a call may go by itself. INVARIANT: what was not looked into is not free. */
export function judgeCall(index: TaskIndex, question: FlowQuestion): FlowFacts {
  const { words, flow, effect, untrusted } = question;
  const acts = effect !== 'read' || flow.speaks === true;
  // Nobody outside has written anything: whatever it does, nobody steers it.
  if (!acts || !untrusted) return answerOf([], words !== undefined);
  if (words === undefined) return answerOf([aboutTheCall('no-words')], false);
  const isWanted = asksFor(words.wanted, flow.deeds);
  const work = new Work(words, flowBounds.work);
  const asked: Asked = { question, words, index, isWanted, work };
  const { values, cut } = sinkValues(question);
  const doubts = values.flatMap((value) => doubtOf(asked, value) ?? []);
  const reasons = [
    ...aboutTheDeed(asked),
    ...(cut || work.isSpent ? [aboutTheCall('too-much')] : []),
    ...doubts,
  ];
  return answerOf(worstFirst(reasons), true, isForbidden(question));
}

function aboutTheDeed({ words, isWanted, question, index }: Asked): readonly FlowReason[] {
  const reasons: FlowReason[] = [];
  if (!isWanted) {
    reasons.push(aboutTheCall(isForbidden(question) ? 'unwanted' : 'not-asked'));
  }
  const deed = `${question.target} ${question.argumentsDigest}`;
  const acts = question.effect !== 'read';
  if (acts && index.done.has(deed) && !words.repeats) reasons.push(aboutTheCall('again'));
  return reasons;
}

/** INVARIANT: nothing is refused for good whose deed stands not right behind a no: what is only named beside one waits. */
function isForbidden({ words, flow }: FlowQuestion): boolean {
  return words !== undefined && asksFor({ words: words.forbidden }, flow.deeds);
}

function sinkValues({ arguments: given, flow }: FlowQuestion): {
  readonly values: readonly SinkValue[];
  readonly cut: boolean;
} {
  const { leaves, cut } = leavesOf(given, undefined, flowBounds.argumentChars);
  const values: SinkValue[] = [];
  for (const { path, at, value } of leaves) {
    if (values.length > flowBounds.sinkValues) break;
    values.push(...valuesIn(kindOf(flow.sinks, path), value, at));
  }
  const isCut = cut || values.length > flowBounds.sinkValues;
  return { values: values.slice(0, flowBounds.sinkValues), cut: isCut };
}

/** What no document names is free text: what stands in it counts by its form. */
function kindOf(sinks: FlowQuestion['flow']['sinks'], path: string): SinkKind {
  if (Object.hasOwn(sinks, path)) return sinks[path] ?? 'payload';
  const ofList = path.replace(/(?:\[\])+$/, '');
  return Object.hasOwn(sinks, ofList) ? (sinks[ofList] ?? 'payload') : 'payload';
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
  return reasons.toSorted((a, b) => order.indexOf(a.why) - order.indexOf(b.why)).slice(0, 32);
}

function answerOf(reasons: readonly FlowReason[], intent: boolean, forbidden = false): FlowFacts {
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
