import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { targetText } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { PolicyView } from './door.ts';

/** Calls that shadows would answer otherwise, of one agent about one target. */
export interface ShadowLine {
  readonly agent: string;
  readonly target: string;
  /** As people read it: `allow`, `deny`, `approve (write)`. */
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  /** Of the last of them. */
  readonly rules: { readonly from: readonly string[]; readonly to: readonly string[] };
  readonly first: number;
  readonly last: number;
}

/** What came of the shadows of one tenant since they are as they are. */
export interface ShadowReport {
  /** Names the set in which they decide; `undefined` where none is in shadow. */
  readonly policyDigest: string | undefined;
  readonly compared: number;
  readonly differing: number;
  /** They gave no answer, which is no difference and is told. */
  readonly faults: number;
  /** Not compared: more came than there was time for. */
  readonly passedOver: number;
  /** In all, of the one processor that the gateway has. */
  readonly microseconds: number;
  readonly lines: readonly ShadowLine[];
  /** Differing calls that no line has room for. */
  readonly more: number;
}

export interface ShadowBook {
  /** Compares it a moment later. INVARIANT: nothing of it, not even a fault, is felt by the call. */
  note(view: PolicyView, asked: Asked): void;
  /** What a gateway says with each ping, by what is in force now: of other shadows nothing is told or kept. */
  told(inForce: Pick<PolicyView, 'shadowDigest'> | undefined): JsonObject;
  /** Until what was noted is compared. */
  settled(): Promise<void>;
}

interface Asked {
  readonly input: DecisionInput;
  readonly questions: ThreeQuestions;
  readonly decision: Decision;
}

/** Each holds the arguments of its call for so long: bounded in number and, about, in bytes. */
const mostWaiting = 64;
const mostWaitingBytes = 4_194_304;
const mostLines = 300;
/** Told with every ping, so only of so many. */
const mostTold = 40;
const mostRules = 8;

interface Count {
  digest: string;
  compared: number;
  differing: number;
  faults: number;
  passedOver: number;
  microseconds: number;
  more: number;
  readonly lines: Map<string, { -readonly [Key in keyof ShadowLine]: ShadowLine[Key] }>;
}

interface Waiting {
  readonly view: PolicyView;
  readonly asked: Asked;
  readonly digest: string;
  readonly bytes: number;
}

/** INVARIANT: bounded, whatever is called: so much waits, so many lines are kept of each tenant. */
export function createShadowBook(clock: Pick<Clock, 'now' | 'monotonic'>): ShadowBook {
  const counts = new Map<string, Count>();
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await compare(counts, clock, next);
      waitingBytes -= next.bytes;
      await new Promise((resolve) => setImmediate(resolve));
    }
    running = undefined;
  };
  return {
    note(view, asked) {
      const { tenant, arguments: args } = asked.input;
      const digest = view.shadowDigest(tenant);
      if (digest === undefined) return;
      const left = mostWaitingBytes - waitingBytes;
      const bytes = waiting.length < mostWaiting ? bytesUpTo(args, left) : left + 1;
      if (bytes > left) {
        countOf(counts, tenant, digest).passedOver += 1;
        return;
      }
      waitingBytes += bytes;
      waiting.push({ view, asked, digest, bytes });
      running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain);
    },
    told(inForce) {
      for (const [tenant, { digest }] of counts) {
        if (inForce?.shadowDigest(tenant) !== digest) counts.delete(tenant);
      }
      if (counts.size === 0) return {};
      return { shadows: [...counts].map(([tenant, count]) => toldOf(tenant, count)) };
    },
    settled: async () => running,
  };
}

async function compare(
  counts: Map<string, Count>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  { view, asked, digest }: Waiting,
): Promise<void> {
  const { input, questions, decision } = asked;
  const began = clock.monotonic();
  const would = await decisionOf(view, input, questions);
  const count = countOf(counts, input.tenant, digest);
  count.compared += 1;
  count.microseconds += Math.max(0, Math.round((clock.monotonic() - began) * 1_000));
  // It could not be evaluated; what decides said so, or went on without it.
  if (would === undefined || (would.errors.length > 0 && decision.errors.length === 0)) {
    count.faults += 1;
    return;
  }
  const [from, to] = [said(decision), said(would)];
  if (from === to) return;
  count.differing += 1;
  addLine(
    count,
    { agent: input.agent, target: targetText(input.target), from, to },
    {
      rules: { from: decision.rules.slice(0, mostRules), to: would.rules.slice(0, mostRules) },
      at: clock.now(),
    },
  );
}

async function decisionOf(
  view: PolicyView,
  input: DecisionInput,
  questions: ThreeQuestions,
): Promise<Decision | undefined> {
  try {
    return await view.shadow(input, questions);
  } catch {
    return undefined;
  }
}

function said({ effect, approvalClass }: Decision): string {
  return approvalClass === undefined ? effect : `${effect} (${approvalClass})`;
}

function addLine(
  count: Count,
  of: Pick<ShadowLine, 'agent' | 'target' | 'from' | 'to'>,
  { rules, at }: { readonly rules: ShadowLine['rules']; readonly at: number },
): void {
  const key = JSON.stringify([of.agent, of.target, of.from, of.to]);
  const known = count.lines.get(key);
  if (known !== undefined) Object.assign(known, { calls: known.calls + 1, rules, last: at });
  else if (count.lines.size < mostLines) {
    count.lines.set(key, { ...of, calls: 1, rules, first: at, last: at });
  } else count.more += 1;
}

/** Of other rules than before nothing that was counted is true: it begins anew. */
function countOf(counts: Map<string, Count>, tenant: string, digest: string): Count {
  const known = counts.get(tenant);
  if (known?.digest === digest) return known;
  const fresh: Count = {
    digest,
    compared: 0,
    differing: 0,
    faults: 0,
    passedOver: 0,
    microseconds: 0,
    more: 0,
    lines: new Map(),
  };
  counts.set(tenant, fresh);
  return fresh;
}

function toldOf(tenant: string, { lines, more, ...count }: Count): JsonObject {
  const most = [...lines.values()].sort((one, other) => other.calls - one.calls);
  const beside = most.slice(mostTold).reduce((sum, { calls }) => sum + calls, more);
  const told = most.slice(0, mostTold).map(({ rules, ...line }) => ({
    ...line,
    rules: { from: [...rules.from], to: [...rules.to] },
  }));
  return { tenant, ...count, lines: told, more: beside };
}

/** Of what there is at least so much; it is looked at no further than beyond `most`. */
function bytesUpTo(value: Json, most: number): number {
  const left: Json[] = [value];
  let bytes = 0;
  for (let one = left.pop(); one !== undefined && bytes <= most; one = left.pop()) {
    bytes += 16;
    if (typeof one === 'string') bytes += one.length;
    else if (Array.isArray(one)) for (const inner of one as readonly Json[]) left.push(inner);
    else if (isJsonObject(one)) {
      for (const [key, inner] of Object.entries(one)) {
        bytes += key.length;
        left.push(inner);
      }
    }
  }
  return bytes;
}

/**
 * What gateways said of the shadows of a tenant that are in force by `digest`, added up. What they say is judged as it
 * comes. A gateway that has another set in force yet is left out: its sums are of other rules.
 */
export function shadowReportOf(
  tenant: string,
  gateways: readonly JsonObject[],
  digest: string | undefined,
): ShadowReport {
  const told = gateways.flatMap(({ shadows }) => {
    const list = Array.isArray(shadows) ? (shadows as readonly Json[]) : [];
    return list.filter(isJsonObject).filter((one) => one['tenant'] === tenant);
  });
  const alike = told.filter((one) => digest !== undefined && one['digest'] === digest);
  const sum = (key: string) => alike.reduce((total, one) => total + amount(one[key]), 0);
  const lines = mergedLines(alike);
  return {
    policyDigest: digest,
    compared: sum('compared'),
    differing: sum('differing'),
    faults: sum('faults'),
    passedOver: sum('passedOver'),
    microseconds: sum('microseconds'),
    more: sum('more'),
    lines,
  };
}

function mergedLines(told: readonly JsonObject[]): readonly ShadowLine[] {
  const merged = new Map<string, ShadowLine>();
  for (const one of told.flatMap(({ lines }) => (Array.isArray(lines) ? lines : []))) {
    if (!isJsonObject(one)) continue;
    const line = readLine(one);
    const key = JSON.stringify([line.agent, line.target, line.from, line.to]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? line : both(known, line));
  }
  return [...merged.values()].sort((one, other) => other.calls - one.calls);
}

function both(one: ShadowLine, other: ShadowLine): ShadowLine {
  return {
    ...(one.last > other.last ? one : other),
    calls: one.calls + other.calls,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
  };
}

function readLine(one: JsonObject): ShadowLine {
  const { agent, target, from, to, calls, rules, first, last } = one;
  const by = isJsonObject(rules) ? rules : {};
  return {
    agent: text(agent),
    target: text(target),
    from: text(from),
    to: text(to),
    calls: amount(calls),
    rules: { from: texts(by['from']), to: texts(by['to']) },
    first: amount(first),
    last: amount(last),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function amount(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
