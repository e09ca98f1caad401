import { contentOf } from '#kernel/call.ts';
import type { FlowFacts, FlowLeak, FlowReason, ScopeFacts } from '#kernel/decision.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import { provedArguments } from '#planes/flow/index.ts';
import { flowSentence } from '#planes/policy/index.ts';
import type { SoFar } from './progress.ts';

/** More of a call are told by their number. */
const mostTold = 16;

/**
 * Where the values of a call came from, beside the record of what was decided: one sentence, and the places. Nothing
 * where no stranger had written. INVARIANT: places and names alone, never a value.
 */
export function flowDetails({ flow, labelsIn, subject, call }: SoFar): JsonObject | undefined {
  const declared = subject?.subjectClass.flow;
  if (flow === undefined) return undefined;
  const { leaks = [] } = flow;
  const isTold = declared !== undefined && labelsIn?.includes('integrity:untrusted') === true;
  if (!isTold && leaks.length === 0) return undefined;
  const { verdict, reasons, answered = [] } = flow;
  const sentence = flowSentence(flow);
  if (sentence === '') return undefined;
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  const proved = (declared && provedArguments(given, declared, flow)) ?? [];
  const wordsOf = new Map(flow.named?.map((one) => [one.argument, one.words]));
  const yeses = answered.map(({ argument, approval }) => ({ argument: named(argument), approval }));
  return {
    verdict,
    sentence,
    ...listed('leaks', leaks.map(leakOf)),
    ...listed('doubts', reasons.map(doubtOf)),
    ...listed('answered', yeses),
    ...listed(
      'proved',
      proved
        .filter(({ argument }) => !answered.some((one) => one.argument === argument))
        .map(({ argument, kind }) => {
          const words = wordsOf.get(argument);
          return { argument: named(argument), kind, ...(words === undefined ? {} : { words }) };
        }),
    ),
    ...listed('words', wordsIn(flow)),
  };
}

/** What a record says beside everything else that it says. */
export function withFlow(details: JsonObject | undefined, walk: SoFar): JsonObject | undefined {
  const flow = flowDetails(walk);
  const words = heardDetails(walk);
  const { surplus } = walk;
  const scope = walk.flow?.scope;
  if ([flow, words, surplus, scope].every((one) => one === undefined)) return details;
  return {
    ...details,
    ...(flow === undefined ? {} : { flow }),
    ...(words === undefined ? {} : { words }),
    ...(scope === undefined ? {} : { scope: scopeOf(scope) }),
    ...(surplus === undefined
      ? {}
      : { surplus: { count: surplus.count, names: [...surplus.names] } }),
  };
}

/** What moves outside of the scope of its data. */
function scopeOf({ outside, what, severity }: ScopeFacts): JsonObject {
  const places = outside.map(({ argument, kind }) => ({ argument: named(argument), kind }));
  return { severity, what, outside: places };
}

/** Words that came with the call: which count from now on, and why others do not. Never a word of them. */
function heardDetails({ heard }: SoFar): JsonObject | undefined {
  if (heard === undefined) return undefined;
  const { way, records, deaf } = heard;
  if (records.length === 0 && deaf.length === 0) return undefined;
  const told = records.slice(0, mostTold);
  return {
    way,
    ...(told.length === 0 ? {} : { records: told }),
    ...(records.length > mostTold ? { recordsMore: records.length - mostTold } : {}),
    ...(deaf.length === 0 ? {} : { ignored: [...deaf] }),
  };
}

/** Where the words of the user came from. INVARIANT: ways and records alone. */
function wordsIn({ words = [] }: FlowFacts): readonly JsonObject[] {
  return words.map(({ way, record }, number) => {
    return { number, way, ...(record === '' ? {} : { record }) };
  });
}

function doubtOf({ why, argument, kind, origin, form, lookAlike, beside }: FlowReason): JsonObject {
  return {
    why,
    ...(argument === undefined ? {} : { argument: named(argument) }),
    ...(kind === undefined ? {} : { kind }),
    ...(origin === undefined
      ? {}
      : { from: named(origin.target), call: origin.call, at: named(origin.path) }),
    ...(form === undefined || form === 'verbatim' ? {} : { form }),
    ...(lookAlike ? { lookAlike } : {}),
    ...(beside === 0 ? {} : { beside }),
  };
}

function leakOf({ label, argument, origin, form }: FlowLeak): JsonObject {
  return {
    label,
    ...(argument === undefined ? {} : { argument: named(argument) }),
    ...(origin === undefined
      ? {}
      : { from: named(origin.target), call: origin.call, at: named(origin.path) }),
    ...(form === undefined || form === 'verbatim' ? {} : { form }),
  };
}

function listed(name: string, all: readonly JsonObject[]): JsonObject {
  if (all.length === 0) return {};
  const more = all.length - mostTold;
  return { [name]: all.slice(0, mostTold), ...(more > 0 ? { [`${name}More`]: more } : {}) };
}

function named(text: string): string {
  return visibleText(text, { maxLength: 200 });
}
