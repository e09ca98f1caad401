import { z } from 'zod';
import { personRoute, type Route } from './route.ts';
import { time } from './shapes.ts';

const made = z.strictObject({
  pack: z.string(),
  period: z.string(),
  from: time,
  to: time,
  records: z.number(),
});

export const evidenceRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/evidence/:name/make',
    summary: 'Make a pack of evidence now, up to now',
    action: 'log.evidence-made',
    recordedBy: 'plane',
    act: 'evidence',
    role: 'auditor',
    params: z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/u) }),
    body: z.strictObject({ since: z.iso.datetime().optional() }),
    answer: made,
    handle({ parts, person, params, body }) {
      const since = body.since === undefined ? undefined : Date.parse(body.since);
      return parts.evidence.make({ by: person, name: params.name, since });
    },
  }),
];
