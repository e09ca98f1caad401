import type { AnsweredValue, FlowFacts, FlowReason } from '#kernel/decision.ts';
import type { ProvedArgument } from '#kernel/grant.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { kindOf } from './calls.ts';
import { answerOf, mostReasons } from './judge.ts';
import { leavesOf } from './leaves.ts';

/**
 * Without the doubts to which a person said yes before, in this sink of this task: `approvalOf` names that yes.
 * INVARIANT: a yes to a value frees that value alone: what is doubtful of the call stays, a *no* stays a no, and
 * where more is doubtful than is told nothing is freed.
 */
export function withoutAnswered(
  facts: FlowFacts,
  approvalOf: (reason: FlowReason) => string | undefined,
): FlowFacts {
  const { verdict, intent, reasons } = facts;
  if (verdict !== 'step-up' || !intent || reasons.length >= mostReasons) return facts;
  const answered: AnsweredValue[] = [];
  const left = reasons.filter((reason) => {
    const { argument } = reason;
    const approval = argument === undefined ? undefined : approvalOf(reason);
    if (argument === undefined || approval === undefined) return true;
    answered.push({ argument, approval });
    return false;
  });
  if (answered.length === 0) return facts;
  const { words = [], named = [] } = facts;
  return { ...answerOf(left, intent), words, named, answered };
}

/** So many are told; where there are so many there may be more. */
export const mostProved = 64;

/** Arguments that are declared to act, and that nobody has to be asked about. */
export function provedArguments(
  given: JsonObject,
  { sinks }: Pick<ToolFlow, 'sinks'>,
  { intent, whys, reasons }: FlowFacts,
): readonly ProvedArgument[] | undefined {
  if (!intent || whys.includes('too-much') || reasons.length >= mostReasons) return undefined;
  const doubtful = new Set(reasons.map(({ argument }) => argument));
  const { leaves, cut } = leavesOf(given);
  if (cut) return undefined;
  const proved = leaves.flatMap(({ path, at }) => {
    const kind = kindOf(sinks, path);
    return kind === 'payload' || doubtful.has(at) ? [] : [{ argument: at, kind }];
  });
  return proved.slice(0, mostProved);
}

/** The sink of an argument: the same for every item of a list. */
export function sinkOf(argument: string): string {
  return argument.replace(/\[\d{1,9}\]/g, '[]');
}

/**
 * `guests[1].email`, as reasons write it. INVARIANT: names may hold dots and brackets, so whatever is written so
 * is looked for; where two values are, neither is taken for the other.
 */
export function argumentAt(given: Json, argument: string): string | number | boolean | undefined {
  const found: (string | number | boolean)[] = [];
  search(given, '', argument, found);
  return found.length > 1 ? undefined : found[0];
}

/** Never goes down but where what is written so far begins the path: no deeper than it is long. */
function search(value: Json, at: string, path: string, found: (string | number | boolean)[]): void {
  if (found.length > 1 || !path.startsWith(at)) return;
  if (Array.isArray(value)) {
    const index = /^\[(\d{1,9})\]/.exec(path.slice(at.length))?.[1];
    const item = index === undefined ? undefined : (value as readonly Json[])[Number(index)];
    if (item !== undefined) search(item, `${at}[${index}]`, path, found);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const name = key.slice(0, 64).replaceAll('\0', '\ufffd');
      const member = value[key];
      if (member !== undefined) search(member, at === '' ? name : `${at}.${name}`, path, found);
    }
  } else if (value !== null && at === path) {
    found.push(value as string | number | boolean);
  }
}
