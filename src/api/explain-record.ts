import { z } from 'zod';
import type { Configuration } from '#contracts/plane-part.ts';
import {
  type Explained,
  type Explaining,
  explainRecord as explainStory,
  isDecision,
  type Story,
} from '#dry-run/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { explainedLines } from './explained-lines.ts';
import type { ControlParts } from './parts.ts';
import { policiesAt } from './policies-at.ts';

const texts = z.array(z.string()).readonly();
const altered = z.strictObject({ kind: z.string(), sentence: z.string() });

export const explainedRecord = z.strictObject({
  record: z.string(),
  time: z.string(),
  verdict: z.enum(['allowed', 'held', 'refused', 'let-through']),
  summary: z.string(),
  who: texts,
  what: texts,
  where: texts,
  gates: z
    .array(
      z.strictObject({
        gate: z.string(),
        answer: z.enum(['passed', 'refused', 'asked', 'let-through', 'not-reached', 'unknown']),
        sentence: z.string(),
      }),
    )
    .readonly(),
  rules: z
    .array(
      z.strictObject({
        id: z.string(),
        policy: z.string().nullable(),
        line: z.number().nullable(),
        column: z.number().nullable(),
        effect: z.enum(['permit', 'forbid']).nullable(),
        asks: z.string().nullable(),
        sentence: z.string(),
      }),
    )
    .readonly(),
  labels: z
    .array(
      z.strictObject({
        label: z.string(),
        source: z.string().nullable(),
        record: z.string().nullable(),
        sentence: z.string(),
      }),
    )
    .readonly(),
  approvals: z
    .array(
      z.strictObject({
        id: z.string(),
        class: z.string(),
        state: z.string(),
        sentence: z.string(),
      }),
    )
    .readonly(),
  ended: z.string(),
  /** By which rules it is told: `same`, `same-policies`, `put-back` (those of then, proved), `moved`. */
  footing: z.enum(['same', 'same-policies', 'put-back', 'moved']),
  wayOut: texts,
  nearest: z
    .strictObject({
      again: z.string(),
      agrees: z.boolean(),
      arguments: z.enum(['given', 'least']),
      sets: z.array(z.array(altered).readonly()).readonly(),
      tried: z.number(),
      isWhole: z.boolean(),
    })
    .nullable(),
  /** Why nothing was decided again. */
  notAgain: z.string().nullable(),
  lines: texts,
});

type Told = z.infer<typeof explainedRecord>;

const mostRelated = 100;

/**
 * A recorded decision, told. INVARIANT: for people with the role alone; an agent hears a code and never a rule, and
 * never what would get round one.
 */
export async function explainRecord(
  parts: ControlParts,
  tenant: string,
  id: string,
  asked: { readonly args: JsonObject | undefined; readonly signal: AbortSignal | undefined },
): Promise<Told> {
  const found = await parts.reader.show(tenant, id);
  if (found === undefined) throw new BailiwickError('audit/record-unknown');
  const { record } = found;
  if (!isDecision(record)) throw noDecision(record);
  const story = await storyOf(parts, record, asked.signal);
  const by = await footingOf(parts, intentOf(story));
  const { policy, judges } = parts.planes;
  const { markClaims } = parts;
  const { alter } = parts.proposals;
  const told = await explainStory(
    { policy, judges, alter, markClaims },
    { ...story, record: intentOf(story) },
    { ...by, args: asked.args },
  );
  return viewOf(record, told);
}

function noDecision({ type, call }: RecordEnvelope): BailiwickError {
  return new BailiwickError('api/invalid', {
    message: `a record of type \`${type}\` is of no decision about a call`,
    suggestedAction:
      call === undefined
        ? 'name a record of a call: `bailiwick audit tail --decision deny` lists some'
        : `name one of its call: \`bailiwick audit query call:${call}\``,
  });
}

/** The decision stands in the intent; its outcome says what came of it. */
function intentOf({ record, related }: Story): RecordEnvelope {
  if (record.type !== 'policy.outcome') return record;
  return related.find(({ id }) => id === record.intent) ?? record;
}

async function storyOf(
  { records, desks }: ControlParts,
  record: RecordEnvelope,
  signal: AbortSignal | undefined,
): Promise<Story> {
  const { tenant, call, task, approval: asked } = record;
  const ask = async (query: string) => {
    const question = { tenant, query, view: undefined, newestFirst: false, most: mostRelated };
    const answer = await records.ask({ ...question, cursor: undefined, counted: false }, signal);
    return answer.records.map((one) => one.record);
  };
  const approval = asked && (await desks.approvals.show(tenant, asked.id));
  try {
    const ofCall = await ask(`call:"${call ?? ''}"`);
    const ofApproval = asked === undefined ? [] : await ask(`approval:"${asked.id}"`);
    const carries = task !== undefined && (record.labels?.in.length ?? 0) > 0;
    const raised = carries ? await ask(`task:"${task}" action:label.raised`) : [];
    return { record, related: merged(ofCall, ofApproval), raised, approval, isWhole: true };
  } catch (fault) {
    // As everywhere: a record is told whatever became of the index, and that it was not asked is said.
    if (!(fault instanceof BailiwickError) || signal?.aborted === true) throw fault;
    return { record, related: [], raised: [], approval, isWhole: false };
  }
}

function merged(...lists: readonly (readonly RecordEnvelope[])[]): readonly RecordEnvelope[] {
  const byId = new Map(lists.flat().map((record) => [record.id, record]));
  return [...byId.values()].toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time));
}

/** The rules that decided, as far as they are kept. */
async function footingOf(parts: ControlParts, record: RecordEnvelope): Promise<Explaining> {
  const current = parts.configuration();
  const { tenant, snapshot, decision, time } = record;
  if (current === undefined || current.digest === snapshot) {
    return { configuration: current, footing: current === undefined ? 'moved' : 'same' };
  }
  const digestOf = (one: Configuration) => one.of(parts.planes.policy).digest(tenant);
  // What was refused before policy was asked depends on no rule.
  if (decision === undefined || digestOf(current) === decision.policyDigest) {
    return { configuration: current, footing: 'same-policies' };
  }
  const policies = await policiesAt(parts.desks, record, Date.parse(time));
  const then = await putBack(parts, current, tenant, policies);
  return then !== undefined && digestOf(then) === decision.policyDigest
    ? { configuration: then, footing: 'put-back' }
    : { configuration: current, footing: 'moved' };
}

async function putBack(
  { proposals }: ControlParts,
  current: Configuration,
  tenant: string,
  policies: readonly PolicyEntry[],
): Promise<Configuration | undefined> {
  const compiled = await proposals.alter(current, tenant, (entry) => ({ ...entry, policies }));
  return compiled.kind === 'compiled' ? compiled.configuration : undefined;
}

function viewOf({ id, time }: RecordEnvelope, told: Explained): Told {
  const { nearest, notAgain, rules, labels, ...rest } = told;
  const placed = rules.map(({ id: rule, policy, line, column, effect, asks, sentence }) => ({
    id: rule,
    policy: policy ?? null,
    line: line ?? null,
    column: column ?? null,
    effect: effect ?? null,
    asks: asks ?? null,
    sentence,
  }));
  const came = labels.map(({ label, source, record, sentence }) => ({
    label,
    source: source ?? null,
    record: record ?? null,
    sentence,
  }));
  const view = { ...rest, rules: placed, labels: came };
  const again = { nearest: nearest ?? null, notAgain: notAgain ?? null };
  return { record: id, time, ...view, ...again, lines: explainedLines(told) };
}
