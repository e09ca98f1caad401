import type { Configuration } from '#contracts/plane-part.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, type Target, targetLabel } from '#kernel/target.ts';
import { readTarget } from '#kernel/tool.ts';
import { placeRules, policiesOf, type RulePlace } from '#planes/policy/index.ts';
import type { DryCall } from '../judge-call.ts';
import { recallClaims } from '../recalled-claims.ts';
import { calledBy, callerOf, flowOf, lacksScope } from '../recorded-call.ts';
import type { Verdict } from '../verdict.ts';
import type { Explained, Explaining, ExplainParts, Nearest, Story } from './door.ts';
import { gatesOf, lastOf } from './gates.ts';
import { nearestOf } from './nearest.ts';
import {
  approvalsTold,
  endedText,
  labelsTold,
  summaryOf,
  whatLines,
  whereLines,
  whoLines,
} from './sentences.ts';
import { wayOut } from './ways-out.ts';

/** Whether a record is one of a decision about a call, which can be told. */
export function isDecision({ type, call, decision, refusal }: RecordEnvelope): boolean {
  if (type === 'gateway.refused' || type === 'gateway.held') return call !== undefined;
  return type.startsWith('policy.') && call !== undefined && (decision ?? refusal) !== undefined;
}

/**
 * A recorded decision in plain sentences, and the nearest change that would have let it through. For people:
 * it names rules, and what would get round them. Nothing is sent, spent, counted or written.
 */
export async function explainRecord(
  parts: ExplainParts,
  story: Story,
  by: Explaining & { readonly args: JsonObject | undefined },
): Promise<Explained> {
  const { record, related } = story;
  const last = lastOf(record, related);
  const target = targetOf(record);
  const places = placesOf(by.configuration, record);
  const verdict = verdictOf(record, last);
  const again =
    verdict === 'refused' || verdict === 'held'
      ? await decidedAgain(parts, story, by, { target, places })
      : { nearest: undefined, notAgain: undefined };
  return {
    verdict,
    summary: summaryOf(record, last, verdict),
    who: whoLines(record),
    what: whatLines(record, target),
    where: whereLines(record),
    gates: gatesOf(record, related),
    rules: places.map((place) => ({ ...place, sentence: ruleSentence(place, by.footing) })),
    labels: labelsTold(story),
    approvals: approvalsTold(story),
    ended: endedText(record, last, story.isWhole),
    footing: by.footing,
    wayOut: waysOf(record, last, target),
    ...again,
  };
}

function verdictOf(record: RecordEnvelope, last: RecordEnvelope): Explained['verdict'] {
  if (last.refusal !== undefined) return 'refused';
  if (record.type === 'gateway.held') return 'held';
  return record.wouldHave === undefined ? 'allowed' : 'let-through';
}

/** What was refused before anything was found has the name that its caller wrote, and nothing else. */
function targetOf({ target, named }: RecordEnvelope): Target | undefined {
  if (target !== undefined) return parseTarget(target.target);
  return named === undefined ? undefined : readTarget(named);
}

function placesOf(
  configuration: Configuration | undefined,
  { tenant, decision }: RecordEnvelope,
): readonly RulePlace[] {
  const entry = configuration?.snapshot.tenants[tenant];
  const policies = entry === undefined ? [] : policiesOf(entry);
  return placeRules(decision?.rules ?? [], policies);
}

function ruleSentence(place: RulePlace, footing: Explained['footing']): string {
  const { id, policy, line, column, effect, asks, description, ofGate } = place;
  if (ofGate) return `\`${id}\` stands in no document: the gate applies it to every policy`;
  if (policy === undefined) {
    return footing === 'moved'
      ? `\`${id}\` is in no policy that is in force now`
      : `\`${id}\` is in no policy`;
  }
  const kind = effect ?? 'rule';
  const does = asks === undefined ? kind : `${kind} that asks for \`${asks}\``;
  const says = description === undefined ? '' : `: ${description}`;
  return `\`${id}\`, a ${does}, in policy \`${policy}\` at ${line ?? 1}:${column ?? 1}${says}`;
}

function waysOf(
  record: RecordEnvelope,
  { refusal }: RecordEnvelope,
  target: Target | undefined,
): readonly string[] {
  const caller = record.actors.at(-1);
  const user = record.actors.find(({ kind }) => kind === 'human');
  const about = {
    agent: caller?.name ?? '',
    instance: caller?.instance ?? '',
    target: target === undefined ? (record.named ?? '') : targetLabel(target),
    user: user?.person ?? user?.name,
    task: record.task ?? '',
    approval: record.approval?.id,
  };
  if (refusal !== undefined) return [wayOut(refusal.code, about)];
  return record.type === 'gateway.held' ? [wayOut('approvals/pending', about)] : [];
}

interface Again {
  readonly nearest: Nearest | undefined;
  readonly notAgain: string | undefined;
}

const not = (why: string): Again => ({ nearest: undefined, notAgain: why });

async function decidedAgain(
  parts: ExplainParts,
  { record, related }: Story,
  { configuration, args }: Explaining & { readonly args: JsonObject | undefined },
  {
    target,
    places,
  }: { readonly target: Target | undefined; readonly places: readonly RulePlace[] },
): Promise<Again> {
  if (configuration === undefined) return not('there is no configuration yet');
  if (target?.name === undefined)
    return not('it was refused before anybody knew what it was about');
  const judge = parts.judges.find(({ kinds }) => kinds.includes(target.kind));
  if (judge === undefined) return not('nothing serves what it was about now');
  if (lacksScope(record)) return not('its task was narrowed to more than a record holds');
  const principal = callerOf(record, recallClaims(parts.markClaims, [configuration]));
  if (principal === undefined) return not('it was refused before anybody knew who asked');
  const agents = configuration.snapshot.tenants[record.tenant]?.agents ?? {};
  const agent = Object.hasOwn(agents, principal.agent) ? agents[principal.agent] : undefined;
  if (agent === undefined) return not(`there is no agent \`${principal.agent}\` any more`);
  const call: DryCall = {
    configuration,
    principal,
    agent,
    judge,
    target,
    args: args ?? judge.usual(target, { configuration, principal }),
    labels: record.labels?.in ?? [],
    time: Date.parse(record.time),
    user: calledBy(record),
    flow: flowOf(record),
  };
  const policies = configuration.snapshot.tenants[record.tenant];
  const byId = new Map(places.map((place) => [place.id, place]));
  const place = (rule: string) =>
    byId.get(rule) ?? placeRules([rule], policies === undefined ? [] : policiesOf(policies))[0];
  const nearest = await nearestOf(parts, {
    call,
    recorded: recordedVerdict(record, lastOf(record, related)),
    arguments: args === undefined ? 'least' : 'given',
    place,
  });
  return { nearest, notAgain: undefined };
}

function recordedVerdict(record: RecordEnvelope, last: RecordEnvelope): Verdict {
  if (last.refusal !== undefined) return { kind: 'refused', code: last.refusal.code };
  return { kind: 'held', class: record.approval?.class ?? '' };
}
