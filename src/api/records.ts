import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';
import type { FoundRecord } from '#planes/audit/index.ts';
import { isShown } from './own-agents.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { id, jsonObject, limit } from './shapes.ts';

const found = z.strictObject({ origin: z.string(), index: z.number(), record: jsonObject });
const word = z.string().min(1).max(256).optional();

const since = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((at) => !Number.isNaN(at), 'a time as RFC 3339 writes it')
  .optional();

/** Reading the log is itself on record. */
export const recordRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/records',
    action: 'log.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject({
      limit: limit(20, 1_000),
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
    answer: z.strictObject({ records: z.array(found) }),
    async handle({ parts, tenant, query, signal, person }) {
      const { limit: most, ...asked } = query;
      checkOfOwn(parts, person, query.agent);
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const stop = signal === undefined ? {} : { signal };
      const filter = { tenant, limit: most, ...Object.fromEntries(given), ...stop };
      const told = await parts.reader.tail(filter);
      const shown = holdsRole(person, 'auditor') ? told : told.filter(isOfAgent(query.agent));
      return { records: shown.map(view) };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/records/:id',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: found,
    async handle({ parts, tenant, params }) {
      const one = await parts.reader.show(tenant, params.id);
      if (one === undefined) throw new BailiwickError('audit/record-unknown');
      return view(one);
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/records/:id/proof',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: z.strictObject({ proof: z.string() }),
    async handle({ parts, tenant, params }) {
      const proof = await parts.reader.proof(tenant, params.id);
      if (proof === undefined) throw new BailiwickError('audit/record-unknown');
      return { proof };
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

function view({ origin, index, record }: FoundRecord): z.input<typeof found> {
  return { origin, index, record: record as unknown as JsonObject };
}
