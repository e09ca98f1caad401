import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { FoundRecord } from '#planes/audit/index.ts';
import { annotation, annotationView, found, reach, recordView } from './annotation-view.ts';
import { explainedRecord, explainRecord } from './explain-record.ts';
import { isShown } from './own-agents.ts';
import type { ControlParts } from './parts.ts';
import { pendingWords, withPending } from './pending-words.ts';
import { morePlaces, next, placedPage, placesAsked } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, jsonObject, moment } from './shapes.ts';

const word = z.string().min(1).max(256).optional();

const since = moment.optional();

/** Reading the log is itself on record. */
export const recordRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/records',
    summary: 'The newest records, by simple filters',
    action: 'log.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject({
      ...placedPage('records', 20),
      agent: word,
      type: word,
      decision: word,
      call: word,
      since,
      /** Without looks, handshakes and chores of programs. */
      actions: z
        .literal('true')
        .transform(() => true)
        .optional(),
    }),
    answer: z.strictObject({ records: z.array(found), next }),
    async handle({ parts, tenant, query, signal, person }) {
      const { cursor: _, ...asked } = query;
      checkOfOwn(parts, person, query.agent);
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const stop = signal === undefined ? {} : { signal };
      const filter = { tenant, limit: query.limit, ...Object.fromEntries(given), ...stop };
      const told = await parts.reader.page({ ...filter, behind: placesAsked(query) });
      const isOwn = holdsRole(person, 'auditor') ? () => true : isOfAgent(query.agent);
      return {
        records: told.records.filter(isOwn).map(recordView),
        ...morePlaces('records', told.behind),
      };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/records/:id',
    summary: 'One record with what was said of it later',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: found.extend({
      /** Null while the index cannot be asked: then nobody knows what was said later. */
      annotations: z.array(annotation).nullable(),
      annotationsCut: z.boolean(),
      pending: pendingWords,
      reach: z.array(reach),
    }),
    async handle({ parts, tenant, params, signal }) {
      const one = await parts.reader.show(tenant, params.id);
      if (one === undefined) throw new BailiwickError('audit/record-unknown');
      return { ...recordView(one), ...(await laterWords(parts, one.record, signal)) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/records/:id/explain',
    summary: 'A recorded decision in sentences, and what would have let it through',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    /** Its own arguments are not opened for this; whoever knows them may say them. */
    body: z.strictObject({ arguments: jsonObject.optional() }),
    answer: explainedRecord,
    handle: ({ parts, tenant, params, body, signal }) =>
      explainRecord(parts, tenant, params.id, { args: body.arguments, signal }),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/records/:id/proof',
    summary: 'The proof that a record stands in the log',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    /** `leaf`: in base64, the bytes that the proof is of. */
    answer: z.strictObject({ proof: z.string(), leaf: z.string() }),
    async handle({ parts: { reader }, tenant, params }) {
      const [proof, leaf] = [
        await reader.proof(tenant, params.id),
        await reader.leaf(tenant, params.id),
      ];
      if (proof === undefined || leaf === undefined)
        throw new BailiwickError('audit/record-unknown');
      return { proof, leaf: Buffer.from(leaf).toString('base64') };
    },
  }),
];

/** Whoever owns agents reads what those did, each by its name, and nothing else of the log. */
function checkOfOwn(parts: ControlParts, person: Person, agent: string | undefined): void {
  if (holdsRole(person, 'auditor')) return;
  if (agent === undefined) {
    throw new BailiwickError('api/invalid', {
      message: 'an owner reads the records of one of their agents',
      suggestedAction: 'name it with `agent`',
    });
  }
  if (isShown(parts, person, agent)) return;
  throw new BailiwickError('api/forbidden', {
    message: 'an owner reads the records of their own agents',
    suggestedAction: 'name one of your agents with `agent`',
  });
}

/** People and agents may be called alike: an owner reads what the agent did. */
function isOfAgent(agent: string | undefined): (found: FoundRecord) => boolean {
  return ({ record: { actors } }) =>
    actors.some(({ kind, name }) => kind === 'agent' && name === agent);
}

/** INVARIANT: a record is shown whatever became of the index; that its later words are not known is said. */
async function laterWords(
  { records, desks }: Pick<ControlParts, 'records' | 'desks'>,
  { tenant, id: record }: RecordEnvelope,
  signal: AbortSignal | undefined,
) {
  const shown = { records: [record], tasks: [] };
  // Before the index is asked: what it takes meanwhile is then told by both, and counts once.
  const recent = desks.annotations.recent(tenant);
  try {
    const told = await records.annotations(tenant, record, signal);
    const { annotations, pending } = withPending(told.annotations, recent, shown);
    const { annotationsCut, reach: far } = told;
    const views = annotations.map(annotationView);
    return { annotations: views, annotationsCut, pending, reach: [...far] };
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || signal?.aborted === true) throw fault;
    const { pending } = withPending([], recent, shown);
    return { annotations: null, annotationsCut: false, pending, reach: [] };
  }
}
