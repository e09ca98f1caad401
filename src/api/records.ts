import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { FoundRecord } from '#planes/audit/index.ts';
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
    role: 'auditor',
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
    async handle({ parts, tenant, query, signal }) {
      const { limit: most, ...asked } = query;
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const stop = signal === undefined ? {} : { signal };
      const filter = { tenant, limit: most, ...Object.fromEntries(given), ...stop };
      return { records: (await parts.reader.tail(filter)).map(view) };
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

function view({ origin, index, record }: FoundRecord): z.input<typeof found> {
  return { origin, index, record: record as unknown as JsonObject };
}
