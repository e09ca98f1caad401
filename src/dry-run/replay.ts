import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { targetText } from '#kernel/target.ts';
import { createChanges } from './changes.ts';
import type { ReplayAnswer, ReplayParts, ReplayQuestion, Unjudged } from './door.ts';
import { type DryAnswer, type DryCall, judgeCall } from './judge-call.ts';
import { recallClaims, type RecallClaims } from './recalled-claims.ts';
import { lacksScope, type RecordedCall, recordedCall } from './recorded-call.ts';
import { nextTurn, Turns } from './turns.ts';
import { verdictOf, verdictText, wayOf } from './verdict.ts';

type Log = ReturnType<ReplayParts['logs']>[number];

const pageSize = 256;
/** A clock that jumped leaves times out of order; so many older pages are looked through. */
const pagesOfSlack = 16;

/**
 * Recorded calls judged again under a proposed configuration, beside the one in force.
 * INVARIANT: every record was proved under the signed head of its log before it is judged, so that what is
 * told is of what happened; and nothing is sent, spent or written.
 */
export async function replay(parts: ReplayParts, asked: ReplayQuestion): Promise<ReplayAnswer> {
  const found = new Findings(recallClaims(parts.markClaims, [asked.current, asked.proposed]));
  const logs = parts.logs().filter(({ tenant }) => tenant === asked.tenant);
  const spans = logs.map((log) => {
    const size = log.reader.head()?.size ?? 0;
    return { log, size, begins: Math.min(size, log.reader.begins()) };
  });
  const of = spans.reduce((sum, { size, begins }) => sum + size - begins, 0);
  let records = 0;
  for (const { log, size, begins } of spans) {
    let from = size;
    let older = 0;
    while (from > begins && older < pagesOfSlack && asked.signal?.aborted !== true) {
      const to = from;
      from = Math.max(begins, to - pageSize);
      const isOlder = await judgePage(parts, asked, { log, from, to }, found);
      older = isOlder ? older + 1 : 0;
      records += to - from;
      asked.told?.({ records, of });
      await nextTurn();
    }
    found.reach.push({ origin: log.origin, from, to: size });
  }
  return found.answer(asked.signal?.aborted !== true);
}

interface Page {
  readonly log: Log;
  readonly from: number;
  readonly to: number;
}

/** True where all of it is older than what was asked for. */
async function judgePage(
  parts: ReplayParts,
  asked: ReplayQuestion,
  { log, from, to }: Page,
  found: Findings,
): Promise<boolean> {
  const indices = Array.from({ length: to - from }, (_, at) => from + at);
  let isOlder = true;
  for (const { index, bytes } of log.reader.provenEntries(indices).toReversed()) {
    const record = readable(parts, bytes);
    if (record === undefined) {
      found.skip('unreadable');
      continue;
    }
    const time = Date.parse(record.time);
    if (time >= asked.since) isOlder = false;
    if (time < asked.since || time >= asked.until) continue;
    found.records += 1;
    const call = recordedCall(record, found.recall);
    if (call === undefined || (asked.agent !== undefined && call.agent !== asked.agent)) continue;
    await judgeAgain(parts, asked, { log, index, record, call }, found);
    await found.turns.next();
  }
  return isOlder;
}

function readable({ parse }: ReplayParts, leaf: Uint8Array): RecordEnvelope | undefined {
  try {
    return parse(leaf);
  } catch {
    return undefined;
  }
}

interface Recorded {
  readonly log: Log;
  readonly index: number;
  readonly record: RecordEnvelope;
  readonly call: RecordedCall;
}

async function judgeAgain(
  parts: ReplayParts,
  asked: ReplayQuestion,
  one: Recorded,
  found: Findings,
): Promise<void> {
  const { call, record } = one;
  const judge = parts.judges.find(({ kinds }) => kinds.includes(call.target.kind));
  if (judge === undefined || call.target.name === undefined) return found.skip('not-served');
  if (lacksScope(record)) return found.skip('scope-not-kept');
  const args = await argumentsOf(parts, one);
  if (typeof args === 'string') return found.skip(args);
  const base = { ...call, judge, args };
  const now = await answerUnder(parts, { ...base, configuration: asked.current });
  const then = await answerUnder(parts, { ...base, configuration: asked.proposed });
  if (now === undefined || then === undefined) return found.skip('agent-gone');
  found.judged += 1;
  if (call.user !== undefined && call.principal.user === undefined) found.forUsers += 1;
  const [before, after] = [verdictOf(now), verdictOf(then)];
  if (verdictText(before) !== verdictText(call.verdict)) found.movedSince += 1;
  if (verdictText(before) === verdictText(after)) return void (found.same += 1);
  found.changes.add({
    agent: call.agent,
    user: call.user,
    target: targetText(call.target),
    from: verdictText(before),
    to: verdictText(after),
    way: wayOf(before, after),
    rules: { from: now.decision.rules, to: then.decision.rules },
    record: record.id,
    time: call.time,
  });
}

async function answerUnder(
  { policy }: ReplayParts,
  call: Omit<DryCall, 'agent'> & { readonly principal: { readonly tenant: string } },
): Promise<DryAnswer | undefined> {
  const agents = call.configuration.snapshot.tenants[call.principal.tenant]?.agents ?? {};
  const { agent: name } = call.principal;
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
  return agent === undefined ? undefined : judgeCall(policy, { ...call, agent });
}

/** As they were sent; of a call that waited, as they are held. A call without any is not judged again. */
async function argumentsOf(parts: ReplayParts, one: Recorded): Promise<JsonObject | Unjudged> {
  const { log, index, record, call } = one;
  try {
    if (record.payload !== undefined) {
      const body = log.reader.payload(index, record.payload.sha256);
      if (body === undefined) return 'arguments-gone';
      const words = await parts.open(record, body);
      if (words !== undefined) return objectOf(words);
    }
    if (call.verdict.kind === 'refused') return 'arguments-not-kept';
    const text = call.approval && (await parts.held(record.tenant, call.approval));
    return text ? objectOf(Buffer.from(text)) : 'arguments-gone';
  } catch (fault) {
    const isErased = fault instanceof BailiwickError && fault.code === 'audit/erased';
    return isErased ? 'arguments-erased' : 'arguments-gone';
  }
}

function objectOf(bytes: Uint8Array): JsonObject | Unjudged {
  const value = parseJson(bytes);
  return isJsonObject(value) ? value : 'arguments-gone';
}

class Findings {
  readonly recall: RecallClaims;
  readonly turns = new Turns();
  records = 0;
  judged = 0;
  forUsers = 0;
  same = 0;
  movedSince = 0;
  readonly changes = createChanges();
  readonly reach: { origin: string; from: number; to: number }[] = [];
  readonly #skipped: Partial<Record<Unjudged, number>> = {};

  constructor(recall: RecallClaims) {
    this.recall = recall;
  }

  skip(why: Unjudged): void {
    this.#skipped[why] = (this.#skipped[why] ?? 0) + 1;
  }

  answer(isWhole: boolean): ReplayAnswer {
    const { records, judged, forUsers, same, movedSince, reach } = this;
    const { changes, more } = this.changes.all();
    const skipped = this.#skipped;
    return { records, judged, forUsers, same, changes, more, movedSince, skipped, reach, isWhole };
  }
}
