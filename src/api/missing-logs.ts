import { z } from 'zod';
import { isoTime } from '#kernel/time.ts';
import { personRoute, type Route } from './route.ts';
import { reason, time } from './shapes.ts';

/** A log that is gone: who says that it is to be missed no more. */
export const missingLogRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/logs/accept-missing',
    summary: 'Accept that a log is lost for good',
    action: 'log.missing-accepted',
    recordedBy: 'plane',
    act: 'release',
    role: 'admin',
    body: z.strictObject({ origin: z.string().min(1).max(512), reason }),
    answer: z.strictObject({
      origin: z.string(),
      noted: z.number(),
      /** Null while another admin has to say it too, until then. */
      record: z.string().nullable(),
      until: time.nullable(),
    }),
    async handle({ parts, body, person: by }) {
      const { origin, noted, record, until } = await parts.desks.missing.acceptMissing({
        by,
        ...body,
      });
      const open = until === undefined ? null : isoTime(until);
      return { origin, noted, record: record ?? null, until: open };
    },
  }),
];
