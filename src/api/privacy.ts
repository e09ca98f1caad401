import { z } from 'zod';
import type { LegalHold } from '#contracts/hold-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import type { Certificate } from '#planes/audit/index.ts';
import { next, namedPage, pageByName } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { id, jsonObject, moment, reason, time, withReason } from './shapes.ts';

/** A name as records have it. In no path and no query: those go on record. */
const subject = z.string().min(1).max(1_024);

const oneOfBoth = 'give one of `subject` and `since`';

const waiting = z.strictObject({ id: z.string(), until: time });

const hold = z.strictObject({
  id: z.string(),
  subject: z.string().nullable(),
  since: time.nullable(),
  matter: z.string(),
  state: z.enum(['asked', 'held', 'released', 'lapsed']),
  askedBy: z.string(),
  askedAt: time,
  heldBy: z.string().nullable(),
  releasedBy: z.string().nullable(),
});

/** The store says another thing than what is kept beside the keys. */
const difference = z.strictObject({
  what: z.enum(['hold', 'agreement']),
  id: z.string(),
  why: z.enum(['gone', 'changed', 'unknown']),
});

const evidence = z.strictObject({
  origin: z.string(),
  index: z.number(),
  leaf: z.string(),
  proof: z.string(),
  vkey: z.string().nullable(),
});

const certificate = z.strictObject({
  tenant: z.string(),
  handle: z.string(),
  erasedAt: time,
  by: z.string(),
  basis: z.string(),
  request: z.string(),
  bodies: z.number(),
  destroyed: z.array(z.string()),
  remains: z.array(z.string()),
  evidence,
});

/** What is sealed: to look into it, to forget it, to keep it. Each needs the role privacy. */
export const privacyRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/records/:id/reveal',
    showsOnce: true,
    summary: 'Reveal what is sealed beside a record',
    action: 'log.revealed',
    recordedBy: 'plane',
    act: 'reveal',
    role: 'privacy',
    params: z.strictObject({ id }),
    body: z.strictObject({ purpose: reason }),
    answer: z.strictObject({
      origin: z.string(),
      index: z.number(),
      record: jsonObject,
      key: z.string(),
      sha256: z.string(),
      /** One of both: text where it is UTF-8, else base64. */
      text: z.string().optional(),
      base64: z.string().optional(),
      commitments: z.array(
        z.strictObject({ of: z.string(), sha256: z.string(), salt: z.string(), bytes: z.number() }),
      ),
      proves: z.string().optional(),
    }),
    async handle({ parts, params, body, person: by }) {
      const told = await parts.desks.privacy.reveal({ by, ...params, ...body });
      const { origin, index, record } = told.found;
      const { key, sha256, commitments, proves } = told;
      const place = { origin, index, record: record as unknown as JsonObject };
      const sealed = { key, sha256, commitments: [...commitments] };
      const proved = proves === undefined ? {} : { proves };
      return { ...place, ...sealed, ...proved, ...written(told.body) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/erasures',
    summary: 'Erase what is sealed of a subject',
    action: 'privacy.erased',
    recordedBy: 'plane',
    act: 'erase',
    role: 'privacy',
    body: z.strictObject({ subject, basis: reason, request: reason }),
    answer: z.strictObject({
      handle: z.string(),
      record: z.string(),
      bodies: z.number(),
      looked: z.number(),
      isWhole: z.boolean(),
      /** Nothing was sealed under that key. */
      nothing: z.boolean(),
    }),
    handle: ({ parts, body, person: by }) => parts.desks.privacy.erase({ by, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/erasures/tenant',
    summary: 'Erase everything that is sealed of this tenant',
    action: 'privacy.asked',
    recordedBy: 'plane',
    act: 'erase',
    role: 'privacy',
    body: z.strictObject({ basis: reason, request: reason }),
    answer: waiting,
    async handle({ parts, body, person: by }) {
      return waitingView(await parts.desks.privacy.eraseTenant({ by, ...body }));
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/erasures/:id/certificate',
    summary: 'The certificate of an erasure',
    action: 'log.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: certificate,
    async handle({ parts, tenant, params }) {
      return certificateView(await parts.desks.privacy.certificate(tenant, params.id));
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/holds',
    summary: 'Holds that keep what is sealed',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject(namedPage('holds')),
    answer: z.strictObject({
      next,
      holds: z.array(hold),
      waiting: z.array(
        waiting.extend({ act: jsonObject, askedBy: z.string(), reason: z.string() }),
      ),
      differ: z.array(difference),
    }),
    async handle({ parts, tenant, query }) {
      const told = await parts.desks.privacy.holds(tenant);
      const { rows, more } = pageByName(told.holds, query, {
        list: 'holds',
        keyOf: (one) => [one.id],
        wordsOf: (one) => JSON.stringify(one),
      });
      const now = parts.clock.now();
      return {
        ...more,
        holds: rows.map((one) => holdView(one, now)),
        waiting: told.waiting.map(({ id: name, act, askedBy, reason: why, until }) => ({
          id: name,
          act,
          askedBy,
          reason: why,
          until: isoTime(until),
        })),
        differ: told.differ.map((one) => ({ ...one })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/holds',
    summary: 'Hold what is sealed',
    action: 'privacy.asked',
    recordedBy: 'plane',
    act: 'holds',
    role: 'privacy',
    body: z
      .strictObject({
        subject: subject.optional(),
        since: moment.optional(),
        matter: reason,
        /** Also of a subject of whom nothing is known yet. */
        force: z.boolean().optional(),
      })
      .refine((of) => (of.subject === undefined) !== (of.since === undefined), oneOfBoth),
    answer: waiting,
    async handle({ parts, body, person: by }) {
      const { matter, force } = body;
      const scope =
        body.subject === undefined ? { since: body.since ?? 0 } : { subject: body.subject, force };
      return waitingView(await parts.desks.privacy.hold({ by, matter, ...scope }));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/holds/mend',
    summary: 'Keep again what is held and does not stand beside the keys',
    action: 'privacy.holds-mended',
    recordedBy: 'plane',
    act: 'holds',
    role: 'privacy',
    body: withReason,
    answer: z.strictObject({ differed: z.array(difference) }),
    async handle({ parts, body, person: by }) {
      const differed = await parts.desks.privacy.mendHolds({ by, ...body });
      return { differed: differed.map((one) => ({ ...one })) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/holds/:id/release',
    summary: 'Release a hold',
    action: 'privacy.asked',
    recordedBy: 'plane',
    act: 'holds',
    role: 'privacy',
    params: z.strictObject({ id }),
    body: withReason,
    answer: waiting,
    async handle({ parts, params, body, person: by }) {
      const asked = { by, hold: params.id, reason: body.reason };
      return waitingView(await parts.desks.privacy.release(asked));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agreements/:id/agree',
    summary: 'Agree to what somebody else asked for',
    action: 'privacy.held',
    recordedBy: 'plane',
    // As much as the most that can be agreed to.
    act: 'erase',
    role: 'privacy',
    params: z.strictObject({ id }),
    body: z.strictObject({}),
    answer: z.union([
      z.strictObject({ did: z.enum(['held', 'released']), hold: z.string() }),
      z.strictObject({ did: z.literal('erased'), record: z.string() }),
    ]),
    handle: ({ parts, params, person: by }) => parts.desks.privacy.agree({ by, ...params }),
  }),
];

function waitingView({ id: name, until }: { readonly id: string; readonly until: number }) {
  return { id: name, until: isoTime(until) };
}

function holdView(one: LegalHold, now: number): z.input<typeof hold> {
  const { scope, matter, askedBy, askedAt, heldBy, releasedBy } = one;
  return {
    id: one.id,
    subject: scope.kind === 'subject' ? scope.subject : null,
    since: scope.kind === 'since' ? isoTime(scope.from) : null,
    matter,
    state: stateOf(one, now),
    askedBy,
    askedAt: isoTime(askedAt),
    heldBy: heldBy ?? null,
    releasedBy: releasedBy ?? null,
  };
}

function stateOf({ releasedAt, heldAt, lapsesAt }: LegalHold, now: number) {
  if (releasedAt !== undefined) return 'released';
  if (heldAt !== undefined) return 'held';
  return (lapsesAt ?? 0) > now ? 'asked' : 'lapsed';
}

function certificateView(told: Certificate): z.input<typeof certificate> {
  const { vkey, ...proven } = told.evidence;
  return {
    ...told,
    destroyed: [...told.destroyed],
    remains: [...told.remains],
    evidence: { ...proven, vkey: vkey ?? null },
  };
}

/** INVARIANT: text that comes back to the same bytes, or base64. */
function written(body: Buffer): { readonly text: string } | { readonly base64: string } {
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? { text } : { base64: body.toString('base64') };
}
