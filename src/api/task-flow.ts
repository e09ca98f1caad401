import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { reach } from './annotation-view.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { id, time } from './shapes.ts';

const value = z.strictObject({
  argument: z.string().nullable(),
  kind: z.string().nullable(),
  /** `proved`: the words of the user say so, or where they point; `answered`: somebody said yes to it before. */
  standing: z.enum(['proved', 'answered', 'doubted']),
  why: z.string().nullable(),
  from: z.string().nullable(),
  call: z.string().nullable(),
  at: z.string().nullable(),
  form: z.string().nullable(),
  approval: z.string().nullable(),
  /** By which way the words came that name it; null where they only lead to it. */
  words: z.string().nullable(),
});

/** One call that was judged by where its values came from. */
const step = z.strictObject({
  call: z.string(),
  at: time,
  target: z.string(),
  verdict: z.enum(['auto', 'step-up', 'no']),
  said: z.string(),
  values: z.array(value),
  /** What became of it so far. */
  outcome: z.enum(['sent', 'held', 'refused']),
  approval: z.string().nullable(),
});

/** A result that carried what strangers wrote. */
const source = z.strictObject({ call: z.string(), at: time, target: z.string() });

/** What its user said in it after it had begun: when and by which way, never a word of it. */
const words = z.strictObject({
  at: time,
  record: z.string(),
  way: z.string(),
  speaker: z.string(),
  /** Why they grant nothing, although their noes count; null where they do. */
  ignored: z.string().nullable(),
});

const judgedTypes = ['policy.intent', 'gateway.held', 'gateway.refused'];

export const taskFlowRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/tasks/:id/flow',
    summary: 'Where the values of a task came from and where they went',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: z.strictObject({
      task: z.string(),
      agent: z.string(),
      /** The words of the user are known, and sealed. */
      intent: z.literal('sealed').nullable(),
      words: z.array(words),
      sources: z.array(source),
      steps: z.array(step),
      /** There is more on record than is told. */
      cut: z.boolean(),
      reach: z.array(reach),
    }),
    async handle({ parts, tenant, params, signal }) {
      const found = await parts.desks.tasks.show(tenant, params.id);
      if (found === undefined) {
        throw new BailiwickError('api/not-found', {
          message: `no task is called \`${params.id}\``,
        });
      }
      const { records, isCut, reached } = await recordsOf(parts, tenant, found.task.id, signal);
      return {
        task: found.task.id,
        agent: found.task.agent,
        intent: found.task.begun?.intent === undefined ? null : ('sealed' as const),
        words: records.filter(({ type }) => type === 'task.words').map(wordsOf),
        sources: records.filter(isSource).map(sourceOf),
        steps: records.flatMap(stepOf),
        cut: isCut,
        reach: reached,
      };
    },
  }),
];

const mostPages = 5;

/** In the order of their times. */
async function recordsOf(
  { records: queries }: Pick<ControlParts, 'records'>,
  tenant: string,
  task: string,
  signal: AbortSignal | undefined,
) {
  const question = {
    tenant,
    query: `task:${task} action:${[...judgedTypes, 'policy.outcome', 'task.words'].join(',')}`,
    view: undefined,
    most: limits.auditQueryRows,
    newestFirst: false,
    counted: false,
  };
  const records: RecordEnvelope[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const answer = await queries.ask({ ...question, cursor }, signal);
    records.push(...answer.records.map(({ record }) => record));
    cursor = answer.next;
    if (cursor !== undefined && page < mostPages) continue;
    return { records, isCut: cursor !== undefined, reached: [...answer.reach] };
  }
}

function wordsOf({ time: at, id: record, details = {} }: RecordEnvelope): z.input<typeof words> {
  const of = (name: string) => textOr(details[name], '');
  return {
    at,
    record,
    way: of('way'),
    speaker: of('speaker'),
    ignored: textOr(details['grants'], null),
  };
}

function isSource({ type, labels, intent }: RecordEnvelope): boolean {
  const brings = labels?.out.includes('integrity:untrusted') === true;
  return type === 'policy.outcome' && intent !== undefined && brings;
}

function sourceOf(record: RecordEnvelope): z.input<typeof source> {
  const { call = '', time: at } = record;
  return { call, at, target: labelOf(record) };
}

function labelOf({ target, named = '' }: RecordEnvelope): string {
  const known = target === undefined ? undefined : parseTarget(target.target);
  return known === undefined ? named : targetLabel(known);
}

const outcomes = {
  'policy.intent': 'sent',
  'gateway.held': 'held',
  'gateway.refused': 'refused',
} as const;

function stepOf(record: RecordEnvelope): z.input<typeof step>[] {
  const { type, call = '', time: at, details, approval } = record;
  const flow = details?.['flow'];
  if (flow === undefined || !isJsonObject(flow) || !Object.hasOwn(outcomes, type)) return [];
  const verdict = flow['verdict'];
  return [
    {
      call,
      at,
      target: labelOf(record),
      verdict: verdict === 'auto' || verdict === 'no' ? verdict : 'step-up',
      said: textOr(flow['sentence'], ''),
      values: [
        ...valuesOf(flow, 'doubts', 'doubted'),
        ...valuesOf(flow, 'answered', 'answered'),
        ...valuesOf(flow, 'proved', 'proved'),
      ],
      outcome: outcomes[type as keyof typeof outcomes],
      approval: approval?.id ?? null,
    },
  ];
}

function valuesOf(
  flow: JsonObject,
  name: string,
  standing: z.input<typeof value>['standing'],
): z.input<typeof value>[] {
  const list = flow[name];
  const all = Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
  return all.map((one) => ({
    argument: textOr(one['argument'], null),
    kind: textOr(one['kind'], null),
    standing,
    why: textOr(one['why'], null),
    from: textOr(one['from'], null),
    call: textOr(one['call'], null),
    at: textOr(one['at'], null),
    form: textOr(one['form'], null),
    approval: textOr(one['approval'], null),
    words: wayOf(flow, one['words']),
  }));
}

function wayOf(flow: JsonObject, number: Json | undefined): string | null {
  const all = flow['words'];
  const of = Array.isArray(all) ? (all as readonly Json[]).filter(isJsonObject) : [];
  return textOr(of.find((one) => one['number'] === number)?.['way'], null);
}

function textOr<Else>(given: Json | undefined, otherwise: Else): string | Else {
  return typeof given === 'string' ? given : otherwise;
}
